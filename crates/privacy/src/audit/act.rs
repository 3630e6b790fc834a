//! What is written down.

use serde::{Deserialize, Serialize};

use crate::Audience;

/// An act. Every text in it is a name, an identifier or a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// A lake was made, with the secret that its pseudonyms, its noise and its
    /// signatures follow from.
    SecretMade {
        /// Public key that the lake signs with: its name in approvals.
        lake: String,
    },
    /// A steward got a name and a key.
    StewardRegistered {
        /// Name.
        steward: String,
        /// Public key, hexadecimal.
        public_key: String,
        /// Steward who vouches; absent for the first.
        vouched_by: Option<String>,
        /// That steward's signature.
        vouch: Option<String>,
    },
    /// A steward's key is no longer believed.
    StewardRetired {
        /// Name.
        steward: String,
        /// Steward who says so.
        retired_by: String,
        /// That steward's signature.
        retirement: String,
    },
    /// A steward approved a policy that is looser than the floor.
    PolicyApproved {
        /// Hash of the policy.
        policy: String,
        /// Rules of the floor that it loosens.
        rules: Vec<String>,
        /// Steward.
        steward: String,
        /// From when on the approval no longer holds.
        expires: String,
        /// Hash of the approval.
        approval: String,
    },
    /// A release is about to be made under such a policy.
    OverrideUsed {
        /// Hash of the policy.
        policy: String,
        /// Rules of the floor that it loosens.
        rules: Vec<String>,
        /// Stewards who approved.
        approved_by: Vec<String>,
    },
    /// A release was made.
    ReleaseMade {
        /// Audience.
        audience: Audience,
        /// Id of the release.
        release: String,
        /// Hash of the policy.
        policy: String,
        /// In the log of the releases: the entry of the lake's log that says so.
        lake_entry: Option<String>,
    },
    /// A release was taken back.
    ReleaseWithdrawn {
        /// Audience.
        audience: Audience,
        /// Id of the release.
        release: String,
        /// Release that is served instead.
        instead: Option<String>,
    },
    /// A steward read the lake's own tables.
    RawStatement {
        /// Hash of the statement. Its text may hold values and is not kept.
        statement: String,
        /// Tables that it names.
        tables: Vec<String>,
    },
    /// A steward had figures computed from exact counts that no protection
    /// was put on.
    ExactRead {
        /// Command.
        command: String,
        /// Layers and kinds of period asked for.
        layers: Vec<String>,
    },
    /// A load was taken back.
    Undo {
        /// Identifier of the load.
        load: String,
    },
    /// What was undone was deleted.
    Purge,
    /// A question about single rows was answered with noise and charged.
    Question {
        /// Name of the question and its draw: a hash of its one spelling, of the
        /// versions of the data and of the policy.
        question: String,
        /// Charged to each of its years.
        epsilon: String,
        /// Token that asked; absent where it was asked at the lake.
        token: Option<String>,
    },
    /// A token was made.
    TokenMade {
        /// Identifier of the token.
        token: String,
        /// Audience.
        audience: Audience,
        /// From when on it is not valid.
        expires: String,
    },
    /// A token was revoked.
    TokenRevoked {
        /// Identifier of the token.
        token: String,
    },
}

impl Act {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SecretMade { .. } => "secret_made",
            Self::StewardRegistered { .. } => "steward_registered",
            Self::StewardRetired { .. } => "steward_retired",
            Self::PolicyApproved { .. } => "policy_approved",
            Self::OverrideUsed { .. } => "override_used",
            Self::ReleaseMade { .. } => "release_made",
            Self::ReleaseWithdrawn { .. } => "release_withdrawn",
            Self::RawStatement { .. } => "raw_statement",
            Self::ExactRead { .. } => "exact_read",
            Self::Undo { .. } => "undo",
            Self::Purge => "purge",
            Self::Question { .. } => "question",
            Self::TokenMade { .. } => "token_made",
            Self::TokenRevoked { .. } => "token_revoked",
        }
    }

    /// What it says beyond its code, in order: (what, value). A list comes as
    /// one pair for each of its items, and what is absent not at all.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, &str)> {
        let mut details: Vec<(&'static str, &str)> = Vec::new();
        match self {
            Self::SecretMade { lake } => details.push(("lake", lake)),
            Self::StewardRegistered {
                steward,
                public_key,
                vouched_by,
                vouch,
            } => {
                details.extend([("steward", steward.as_str()), ("public_key", public_key)]);
                details.extend(vouched_by.iter().map(|by| ("vouched_by", by.as_str())));
                details.extend(vouch.iter().map(|vouch| ("vouch", vouch.as_str())));
            }
            Self::StewardRetired {
                steward,
                retired_by,
                retirement,
            } => details.extend([
                ("steward", steward.as_str()),
                ("retired_by", retired_by),
                ("retirement", retirement),
            ]),
            Self::PolicyApproved {
                policy,
                rules,
                steward,
                expires,
                approval,
            } => {
                details.push(("policy", policy));
                details.extend(rules.iter().map(|rule| ("rule", rule.as_str())));
                details.extend([
                    ("steward", steward.as_str()),
                    ("expires", expires),
                    ("approval", approval),
                ]);
            }
            Self::OverrideUsed {
                policy,
                rules,
                approved_by,
            } => {
                details.push(("policy", policy));
                details.extend(rules.iter().map(|rule| ("rule", rule.as_str())));
                details.extend(approved_by.iter().map(|by| ("approved_by", by.as_str())));
            }
            Self::ReleaseMade {
                audience,
                release,
                policy,
                lake_entry,
            } => {
                details.extend([
                    ("audience", audience.as_str()),
                    ("release", release),
                    ("policy", policy),
                ]);
                details.extend(lake_entry.iter().map(|hash| ("lake_entry", hash.as_str())));
            }
            Self::ReleaseWithdrawn {
                audience,
                release,
                instead,
            } => {
                details.extend([("audience", audience.as_str()), ("release", release)]);
                details.extend(instead.iter().map(|id| ("instead", id.as_str())));
            }
            Self::RawStatement { statement, tables } => {
                details.push(("statement", statement));
                details.extend(tables.iter().map(|table| ("table", table.as_str())));
            }
            Self::ExactRead { command, layers } => {
                details.push(("command", command));
                details.extend(layers.iter().map(|layer| ("layer", layer.as_str())));
            }
            Self::Undo { load } => details.push(("load", load)),
            Self::Purge => {}
            Self::Question {
                question,
                epsilon,
                token,
            } => {
                details.extend([("question", question.as_str()), ("epsilon", epsilon)]);
                details.extend(token.iter().map(|token| ("token", token.as_str())));
            }
            Self::TokenMade {
                token,
                audience,
                expires,
            } => details.extend([
                ("token", token.as_str()),
                ("audience", audience.as_str()),
                ("expires", expires),
            ]),
            Self::TokenRevoked { token } => details.push(("token", token)),
        }
        details
    }
}
