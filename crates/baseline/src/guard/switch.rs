//! A switch: a setting that is always there, and only read and set.

use serde::{Serialize, de::DeserializeOwned};
use tenancy::{EffectiveSpec, Severity};

use crate::{
    covers::Covers,
    declared::{Field, Key, Kind, Resource, Wanted},
    desired::Desired,
    drift_control::DriftControl,
    watched::Properties,
};

/// Who sets an attribute for us, as EC2 calls it (EC2 API reference, `ManagedBy`).
pub const DECLARATIVE_POLICY: &str = "declarative-policy";

/// Where a switch has to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Once for the account.
    Account,
    /// In each Region of the spec.
    EachRegion,
}

/// A setting that is always there.
pub trait Switch: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The name of its kind.
    const NAME: &'static str;
    /// Its name for people.
    const TITLE: &'static str;
    /// The number of its control, which is given once: 101 for `TNT.GUARD.101`.
    const NUMBER: u32;
    /// What its control checks, where that is not its name.
    const CHECKED: &'static str = Self::TITLE;
    /// Which published controls its control covers.
    const COVERS: Covers = Covers::NONE;
    /// Its fields.
    const FIELDS: &'static [Field];
    /// Where it has to be set.
    const REACH: Reach;
    /// The action that reads it.
    const READ: &'static str;
    /// The API call that reads it, where it is not called as the action is.
    const CALL: Option<&'static str> = None;
    /// The actions that set it.
    const WRITES: &'static [&'static str];
    /// Whether blueprints may leave it to the tenant.
    const BY_BLUEPRINT: bool = false;
    /// What is watched of it. What a declarative policy of the organization sets is reported, and not put back.
    const WATCHED: Properties;
    /// How it is in an account as AWS hands it out.
    #[cfg(test)]
    const FRESH: &'static str;

    /// How it is to be; nothing where it is the tenant's to decide.
    fn wanted(spec: &EffectiveSpec) -> Option<Self>;

    /// Who sets it, where AWS says so: the account, or [`DECLARATIVE_POLICY`].
    fn managed_by(&self) -> Option<&str> {
        None
    }
}

impl<S: Switch> Resource for S {
    const KIND: Kind = Kind::of::<S>(S::NAME, S::TITLE, S::FIELDS).setting();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = |_, _| crate::asks::all(S::WRITES, "*");

    /// It is always there, and the account's.
    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

/// A switch in a table, its type erased.
pub(super) struct SwitchRow {
    pub(super) kind: &'static Kind,
    reach: Reach,
    wanted: fn(&EffectiveSpec) -> Option<Wanted>,
    pub(super) read: &'static str,
    pub(super) writes: &'static [&'static str],
    pub(super) by_blueprint: bool,
    /// The number of its control, what that checks, and what it covers.
    pub(super) described: (u32, &'static str, Covers),
    call: Option<&'static str>,
    #[cfg(test)]
    pub(super) fresh: &'static str,
}

impl SwitchRow {
    pub(super) const fn of<S: Switch>() -> Self {
        Self {
            kind: const { &S::KIND },
            reach: S::REACH,
            wanted: |spec| S::wanted(spec).as_ref().map(Wanted::of),
            read: S::READ,
            writes: S::WRITES,
            by_blueprint: S::BY_BLUEPRINT,
            described: (S::NUMBER, S::CHECKED, S::COVERS),
            call: S::CALL,
            #[cfg(test)]
            fresh: S::FRESH,
        }
    }

    /// Its control: what keys of its findings begin with is the name of its kind.
    pub(super) fn control(&self) -> DriftControl {
        let (number, title, covers) = self.described;
        DriftControl {
            number,
            keys: std::slice::from_ref(&self.kind.name),
            title,
            severity: self.severity(),
            reads: self.call().into(),
            covers,
        }
    }

    /// How bad its drift is: as its worst field, and at most high, for it is put back.
    fn severity(&self) -> Severity {
        let fields = self.kind.fields.iter().map(|field| field.severity);
        let worst = fields.max().unwrap_or(Severity::High);
        worst.min(Severity::High)
    }

    /// The API call it is read by.
    fn call(&self) -> String {
        let call = self.call.map(str::to_owned);
        call.unwrap_or_else(|| self.read.replace(':', " "))
    }

    /// The switch wherever it has to be set.
    pub(super) fn wanted(&self, desired: &Desired) -> Vec<(Key, Wanted)> {
        let in_region = |region: &tenancy::Region| {
            Key::in_region(self.kind.name, region.clone(), String::new())
        };
        let keys = match self.reach {
            Reach::Account => vec![Key::only(self.kind.name)],
            Reach::EachRegion => desired.spec.regions.iter().map(in_region).collect(),
        };
        let wanted = (self.wanted)(&desired.spec);
        let wanted = |key| Some((key, wanted.clone()?));
        keys.into_iter().filter_map(wanted).collect()
    }
}
