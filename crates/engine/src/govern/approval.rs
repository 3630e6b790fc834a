//! Two stewards allow what the floor forbids.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use safeground_privacy::audit::{Act, Trail};
use safeground_privacy::chain::digest;
use safeground_privacy::{Loosened, Policy, PolicyError};
use safeground_schema::release::{ManifestLoosened, ManifestOverride};
use safeground_schema::{Breakdown, CodeList as _, Theme};
use serde::{Deserialize, Serialize};

use super::scribe::text;
use super::stewards::Stewards;
use super::{GovernError, StewardKey};
use crate::EngineError;
use crate::release::signature::fits;
use crate::release::{Vault, sha256};

/// Most days that an approval holds.
pub const MOST_DAYS: i64 = 90;

/// Stewards who must approve.
const STEWARDS: usize = 2;

/// Most characters of a reason.
const MOST_REASON: usize = 500;

/// What an approval is signed for.
const PURPOSE: &str = "approval";

/// Folder of approvals in the vault, in one folder for each policy.
const FOLDER: &str = "approvals";

/// How far the clocks of two machines may differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

/// What a steward signs: this policy, with what it loosens, for this lake,
/// until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Public key that the lake signs with: its name.
    pub lake: String,
    /// Hash of the policy as written by [`Policy::to_toml`].
    pub policy: String,
    /// Rules of the floor that it loosens, all of them.
    pub rules: Vec<String>,
    /// Name of the steward.
    pub steward: String,
    /// Why.
    pub reason: String,
    /// When it was signed, in UTC (RFC 3339).
    pub signed: String,
    /// From when on it no longer holds.
    pub expires: String,
    /// Signature of all of the above.
    pub signature: String,
}

impl Approval {
    fn parts(&self) -> Vec<&str> {
        let mut parts = vec![
            self.lake.as_str(),
            &self.policy,
            &self.steward,
            &self.reason,
            &self.signed,
            &self.expires,
        ];
        parts.extend(self.rules.iter().map(String::as_str));
        parts
    }

    /// Its hash, which the audit log names.
    #[must_use]
    pub fn hash(&self) -> String {
        let parts = self.parts().into_iter().chain([self.signature.as_str()]);
        digest(parts)
    }
}

/// What a steward approves of, why and for how long.
#[derive(Debug, Clone)]
pub struct Approving<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Why.
    pub reason: &'a str,
    /// For how many days.
    pub days: i64,
}

/// Signs and keeps a steward's approval, after it was written to the log.
///
/// # Errors
/// [`GovernError`] for a key that is no steward's, a policy that loosens
/// nothing, no reason or too many days; [`EngineError::Policy`] for what no
/// override allows; what keeps the lake from being read or written.
pub async fn approve(
    vault: &Vault,
    key: &StewardKey,
    approving: &Approving<'_>,
) -> Result<Approval, EngineError> {
    check_names(approving.policy)?;
    let rules = rules(&approving.policy.loosened()?);
    if rules.is_empty() {
        return Err(GovernError::NothingLoosened.into());
    }
    let length = approving.reason.trim().chars().count();
    if length == 0 || length > MOST_REASON {
        return Err(GovernError::Reason(length).into());
    }
    if !(1..=MOST_DAYS).contains(&approving.days) {
        return Err(GovernError::Days(approving.days).into());
    }
    let log = vault.audit();
    let lake = vault.signer().public_key();
    let trail = log.read().await?;
    let stewards = Stewards::of(&trail, &lake)?;
    let now = log.scribe().now();
    let mut approval = Approval {
        policy: hash_of(approving.policy),
        rules,
        steward: stewards.of_key(key)?.name.clone(),
        reason: approving.reason.trim().to_owned(),
        signed: text(now),
        expires: text(now + TimeDelta::days(approving.days)),
        lake,
        signature: String::new(),
    };
    approval.signature = key.sign(PURPOSE, &approval.parts());
    let hash = approval.hash();
    log.write(Act::PolicyApproved {
        policy: approval.policy.clone(),
        rules: approval.rules.clone(),
        steward: approval.steward.clone(),
        expires: approval.expires.clone(),
        approval: hash.clone(),
    })
    .await?;
    let location = vault.location(&[FOLDER, &approval.policy, &format!("{hash}.json")]);
    vault
        .create(&location, serde_json::to_vec_pretty(&approval)?)
        .await?;
    Ok(approval)
}

/// Whether a policy may be used for a release, and by whose leave: nobody's for
/// a policy that is no looser than the floor.
///
/// An approval counts if a steward of this lake whose key is believed signed it,
/// for this lake, this very policy and all that it loosens; if the log tells of
/// it; and if it has not expired. A clock that was set back does not help: no
/// time before that of the last entry of the log is believed.
///
/// # Errors
/// [`GovernError::NotApproved`] where fewer than two stewards approve,
/// [`EngineError::Policy`] for what no override allows.
pub async fn allowed(
    vault: &Vault,
    policy: &Policy,
) -> Result<Option<ManifestOverride>, EngineError> {
    check_names(policy)?;
    let loosened = policy.loosened()?;
    if loosened.is_empty() {
        return Ok(None);
    }
    let log = vault.audit();
    let trail = log.read().await?;
    let asked = Asked {
        lake: vault.signer().public_key(),
        policy: hash_of(policy),
        rules: rules(&loosened),
        now: log.scribe().now().max(last_time(&trail)),
        stewards: Stewards::of(&trail, &vault.signer().public_key())?,
        trail,
    };
    // What became of each steward's approval: the best one counts.
    let mut found: BTreeMap<String, Result<(), String>> = BTreeMap::new();
    let folder = vault.location(&[FOLDER, &asked.policy]);
    for location in vault.list(&folder).await? {
        let bytes = vault.read(&location).await?.unwrap_or_default();
        let Ok(approval) = serde_json::from_slice::<Approval>(&bytes) else {
            continue;
        };
        let judged = asked.judge(&approval);
        let known = found.entry(approval.steward).or_insert(Err(String::new()));
        if known.is_err() {
            *known = judged;
        }
    }
    let approved: Vec<String> = found
        .iter()
        .filter(|(_, judged)| judged.is_ok())
        .map(|(steward, _)| steward.clone())
        .collect();
    if approved.len() < STEWARDS {
        let found = found.into_iter().map(|(steward, judged)| match judged {
            Ok(()) => format!("{steward} does"),
            Err(why) => format!("the approval of {steward} does not count: {why}"),
        });
        let found: Vec<String> = found.collect();
        return Err(GovernError::NotApproved {
            rules: asked.rules.join(", "),
            found: match found.is_empty() {
                true => "nobody does".into(),
                false => found.join("; "),
            },
        }
        .into());
    }
    Ok(Some(ManifestOverride {
        rules: loosened
            .into_iter()
            .map(|rule| ManifestLoosened {
                setting: rule.setting,
                value: rule.value,
                floor: rule.floor,
            })
            .collect(),
        approved_by: approved,
    }))
}

/// The mark that releases of a lake bear: of all overrides that were ever used
/// on it. What a year shows is decided once, so that a figure decided under an
/// override is in later releases too, whatever their policy.
pub(crate) fn overrides_used(trail: &Trail) -> Option<ManifestOverride> {
    let (mut all, mut by) = (BTreeSet::new(), BTreeSet::new());
    for entry in trail.entries() {
        if let Act::OverrideUsed {
            rules, approved_by, ..
        } = &entry.act
        {
            all.extend(rules.iter().cloned());
            by.extend(approved_by.iter().cloned());
        }
    }
    (!all.is_empty()).then(|| ManifestOverride {
        rules: all.iter().map(|rule| loosened(rule)).collect(),
        approved_by: by.into_iter().collect(),
    })
}

/// A rule as [`Loosened`] writes it, taken apart.
fn loosened(rule: &str) -> ManifestLoosened {
    let (setting, rest) = rule.split_once(" = ").unwrap_or((rule, ""));
    let (value, floor) = rest.split_once(" (floor ").unwrap_or((rest, ""));
    ManifestLoosened {
        setting: setting.to_owned(),
        value: value.to_owned(),
        floor: floor.trim_end_matches(')').to_owned(),
    }
}

/// What is asked of approvals.
struct Asked {
    lake: String,
    policy: String,
    rules: Vec<String>,
    now: DateTime<Utc>,
    stewards: Stewards,
    trail: Trail,
}

impl Asked {
    /// Why an approval does not count, if it does not.
    fn judge(&self, approval: &Approval) -> Result<(), String> {
        let refuse = |refused: bool, why: &str| match refused {
            true => Err(why.to_owned()),
            false => Ok(()),
        };
        let steward = self.stewards.named(&approval.steward);
        let steward = steward.ok_or("no steward of that name is believed")?;
        let signed = fits(
            &steward.public_key,
            PURPOSE,
            &approval.parts(),
            &approval.signature,
        );
        refuse(!signed, "the signature is not of that steward's key")?;
        refuse(approval.lake != self.lake, "it is for another lake")?;
        refuse(approval.policy != self.policy, "it is for another policy")?;
        refuse(approval.rules != self.rules, "it names other rules")?;
        let time = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let (Ok(from), Ok(until)) = (time(&approval.signed), time(&approval.expires)) else {
            return Err("its times cannot be read".into());
        };
        let longest = TimeDelta::days(MOST_DAYS);
        refuse(until - from > longest, "it holds for too many days")?;
        refuse(from > self.now + CLOCKS_DIFFER, "it is of a day to come")?;
        if until <= self.now {
            return Err(format!("it expired on {}", approval.expires));
        }
        let hash = approval.hash();
        let logged = self.trail.entries().iter().any(
            |entry| matches!(&entry.act, Act::PolicyApproved { approval, .. } if *approval == hash),
        );
        refuse(!logged, "the audit log does not tell of it")
    }
}

/// Refuses a kind of harm that is no theme, which misspelt would protect
/// nobody, and a breakdown that there is not. The policy's own crate knows no
/// such lists.
fn check_names(policy: &Policy) -> Result<(), PolicyError> {
    for name in &policy.concentration.sensitive_themes {
        name.parse::<Theme>()
            .map_err(|error| PolicyError::Concentration {
                key: "sensitive_themes",
                value: name.clone(),
                expected: format!("names of themes: {error}"),
            })?;
    }
    for name in &policy.breakdowns.by {
        Breakdown::parse(name).map_err(|_| PolicyError::Unknown {
            table: "breakdowns",
            key: "by",
            value: name.clone(),
            expected: Breakdown::ALL
                .iter()
                .map(|by| by.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
    }
    Ok(())
}

fn rules(loosened: &[Loosened]) -> Vec<String> {
    loosened.iter().map(ToString::to_string).collect()
}

/// Hash of a policy, as manifests name it.
pub(crate) fn hash_of(policy: &Policy) -> String {
    sha256(policy.to_toml().as_bytes())
}

/// Time of the last entry; the beginning of time where there is none.
fn last_time(trail: &Trail) -> DateTime<Utc> {
    let times = trail.entries().iter();
    times
        .filter_map(|entry| DateTime::parse_from_rfc3339(&entry.time).ok())
        .map(|time| time.to_utc())
        .max()
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}
