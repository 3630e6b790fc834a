//! The closed code lists of the data model.

use crate::SchemaError;

/// What every code list offers, so that validators and dictionaries treat
/// them alike.
pub trait CodeList: Sized + Copy + 'static {
    /// Name of the list as it stands in the dictionary.
    const NAME: &'static str;
    /// All codes in their documented order.
    const ALL: &'static [Self];
    /// The code as stored.
    fn as_str(self) -> &'static str;
    /// What the code means, one sentence.
    fn meaning(self) -> &'static str;
    /// The member with this code.
    ///
    /// # Errors
    /// [`SchemaError::UnknownCode`] with the list of allowed codes.
    fn parse(text: &str) -> Result<Self, SchemaError> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| SchemaError::UnknownCode {
                list: Self::NAME,
                value: text.to_owned(),
                expected: Self::ALL
                    .iter()
                    .map(|code| code.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

macro_rules! code_list {
    ($(#[$doc:meta])* $name:ident, $list:literal, { $($variant:ident = $code:literal : $meaning:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $meaning] #[serde(rename = $code)] $variant,)+
        }
        impl CodeList for $name {
            const NAME: &'static str = $list;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(CodeList::as_str(*self))
            }
        }
    };
}

code_list!(
    /// Kind of harm an incident is about.
    Category, "category", {
        Trafficking = "trafficking": "Recruitment, transport or receipt of a child for exploitation.",
        ChildLabour = "child_labour": "Work that the law forbids for a child.",
        SexualAbuse = "sexual_abuse": "Sexual offence against a child, other than online abuse material.",
        ChildMarriage = "child_marriage": "Marriage below the legal age, solemnised or attempted.",
        OnlineAbuse = "online_abuse": "Abuse, grooming or abuse material on the internet.",
        Missing = "missing": "A child reported missing.",
    }
);
code_list!(
    /// How an incident came to be known; reports follow reporters.
    DetectionMode, "detection_mode", {
        Reported = "reported": "Reported by the child, family or public to police or a partner.",
        Helpline = "helpline": "Reached through a helpline.",
        Raid = "raid": "Found in a raid or inspection.",
        Rescue = "rescue": "Found in a rescue operation.",
        Survey = "survey": "Found by a survey or door-to-door visit.",
        OnlineReferral = "online_referral": "Referred by an online platform or hotline.",
    }
);
code_list!(
    /// Stage of a court case.
    CaseStage, "case_stage", {
        Registered = "registered": "First information report registered.",
        Arrested = "arrested": "An accused person was arrested.",
        BailOpposed = "bail_opposed": "A bail application was opposed.",
        BailGranted = "bail_granted": "Bail was granted.",
        BailRefused = "bail_refused": "Bail was refused.",
        ChargeSheet = "charge_sheet": "Police filed the charge-sheet.",
        Trial = "trial": "Trial began.",
        Convicted = "convicted": "Trial ended in conviction.",
        Acquitted = "acquitted": "Trial ended in acquittal.",
        Closed = "closed": "Closed without trial.",
        CompensationApplied = "compensation_applied": "Compensation was applied for.",
        CompensationAwarded = "compensation_awarded": "Compensation was awarded.",
        CompensationPaid = "compensation_paid": "Compensation was paid.",
    }
);
code_list!(
    /// How a child marriage was answered.
    MarriageMethod, "marriage_method", {
        Injunction = "injunction": "Court injunction.",
        Negotiation = "negotiation": "Negotiation with the families.",
        Persuasion = "persuasion": "Persuasion by community or partner.",
    }
);
code_list!(
    /// What became of the planned marriage.
    MarriageOutcome, "marriage_outcome", {
        Prevented = "prevented": "The marriage did not take place.",
        Postponed = "postponed": "Put off until the legal age.",
        Solemnised = "solemnised": "The marriage took place.",
        Unknown = "unknown": "Outcome not known.",
    }
);
code_list!(
    /// Entitlement a family may be enrolled in.
    Scheme, "scheme", {
        School = "school": "School enrolment or return to school.",
        CashTransfer = "cash_transfer": "Cash transfer or scholarship.",
        FoodRation = "food_ration": "Subsidised food.",
        Health = "health": "Health insurance or care.",
        Housing = "housing": "Housing support.",
        Employment = "employment": "Guaranteed or supported work for adults.",
        Pension = "pension": "Pension of a family member.",
        Sponsorship = "sponsorship": "Sponsorship or foster care of a child.",
        Identity = "identity": "Birth certificate or identity document.",
        Other = "other": "Another scheme, named in the source.",
    }
);
code_list!(
    /// Campaign activity.
    Activity, "activity", {
        DoorToDoor = "door_to_door": "Visits to households.",
        School = "school": "Sessions in schools.",
        Event = "event": "Large public event.",
    }
);
code_list!(
    /// Who was trained.
    Cadre, "cadre", {
        Police = "police": "Police officers.",
        ChildWelfareCommittee = "child_welfare_committee": "Members of a child welfare committee.",
        ChildProtectionUnit = "child_protection_unit": "Staff of a district child protection unit.",
        AntiHumanTraffickingUnit = "anti_human_trafficking_unit": "Officers of an anti-human-trafficking unit.",
        CareInstitution = "care_institution": "Staff of a child-care institution.",
        Counsellor = "counsellor": "Counsellors.",
        Education = "education": "Teachers and school staff.",
    }
);
code_list!(
    /// Channel through which effort was spent: the denominator of detection.
    EffortChannel, "effort_channel", {
        Outreach = "outreach": "Visits and community work.",
        Helpline = "helpline": "Staffed helpline.",
        Legal = "legal": "Court and police follow-up.",
        School = "school": "Work in schools.",
        Online = "online": "Online monitoring.",
    }
);
code_list!(
    /// Sex of the children counted in a row.
    Sex, "sex", {
        Female = "female": "Girls.",
        Male = "male": "Boys.",
        Other = "other": "Other gender.",
        Unknown = "unknown": "Not recorded.",
    }
);
code_list!(
    /// Age band of the children counted in a row.
    AgeBand, "age_band", {
        Age0To5 = "0-5": "Below six years.",
        Age6To11 = "6-11": "Six to eleven years.",
        Age12To14 = "12-14": "Twelve to fourteen years.",
        Age15To17 = "15-17": "Fifteen to seventeen years.",
        Unknown = "unknown": "Not recorded.",
    }
);

code_list!(
    /// What the counts of a theme can be broken down by: a count is told for each
    /// class of one of these, never for combinations of several.
    Breakdown, "breakdown", {
        Sex = "sex": "Sex of the children.",
        AgeBand = "age_band": "Age band of the children.",
        DetectionMode = "detection_mode": "How an incident came to be known.",
        Method = "method": "How a child marriage was answered.",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_names_the_list_and_its_members() {
        let message = Category::parse("Trafficking").unwrap_err().to_string();
        assert!(message.contains("category") && message.contains("child_marriage"));
    }

    #[test]
    fn every_code_parses_back() {
        for stage in CaseStage::ALL {
            assert_eq!(CaseStage::parse(stage.as_str()).unwrap(), *stage);
        }
    }
}
