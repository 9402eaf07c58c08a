//! Faults on demand: what they apply to, what they do, and which call is hit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::analysis::is_read;
use super::call::Call;
use super::dice::Dice;
use super::spoiled::Spoiled;

/// A fault: which calls it matches, which of those it hits, and what it does to them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Name, shown in the records; a name is made up if there is none.
    pub name: String,
    /// Calls it matches.
    pub matching: Match,
    /// Hit only the n-th matching call (from 1). With [`Effect::PowerLoss`], the call at which power is lost.
    pub nth: Option<u64>,
    /// Let so many matching calls pass first.
    pub after: u64,
    /// Hit at most so many calls.
    pub times: Option<u64>,
    /// Probability of hitting each one; left out, certain.
    pub probability: Option<f64>,
    /// What happens.
    pub effect: Effect,
}

/// Which calls a fault matches; what is left out fits all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Service.
    pub service: Option<String>,
    /// Operation, or a beginning followed by `*`.
    pub operation: Option<String>,
    /// Account of the credentials.
    pub account: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Role of the credentials.
    pub role: Option<String>,
    /// Application name in the user agent.
    pub app: Option<String>,
    /// True for reads only, false for writes only.
    pub reads: Option<bool>,
}

/// What a fault does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Effect {
    /// Only a name in the record.
    #[default]
    Mark,
    /// Refused before it takes effect.
    Refuse {
        /// AWS error code.
        code: String,
        /// HTTP status.
        #[serde(default = "bad_request")]
        status: u16,
        /// Message.
        #[serde(default)]
        message: String,
        /// `Reason` of those Organizations errors that have one.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Refused before it takes effect, by the service's own throttling error.
    Throttle,
    /// Refused before it takes effect, with this status and no body.
    Empty {
        /// HTTP status, such as 503.
        status: u16,
    },
    /// The connection is closed before it takes effect.
    Cut,
    /// It takes effect, and the connection is closed without an answer.
    DropAnswer,
    /// It takes effect, and the answer is this status and no body.
    LoseAnswer {
        /// HTTP status, such as 500.
        status: u16,
    },
    /// It takes effect, and what is answered to a success cannot be read.
    SpoilAnswer {
        /// What is there instead of the body.
        how: Spoiled,
    },
    /// It takes longer. Goes together with any other effect.
    Latency {
        /// Real milliseconds.
        ms: u64,
    },
    /// From the hit on, this and every later call is cut until the faults are cleared.
    PowerLoss {
        /// Whether the call that is hit still takes effect.
        when: Moment,
        /// Whose later calls are cut; everyone's if left out.
        #[serde(default)]
        whose: Box<Match>,
    },
    /// Reads show the state before the last write of their account and service.
    Stale {
        /// Real milliseconds after the write.
        ms: u64,
        /// At most so many simulated seconds after the write; left out, any number.
        #[serde(default)]
        secs: Option<f64>,
        /// At most so many reads of one thing; left out, any number.
        #[serde(default)]
        reads: Option<u64>,
    },
}

/// Before or after a call takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Nothing of it happens.
    #[default]
    Before,
    /// It happens, and nobody learns of it.
    After,
}

fn bad_request() -> u16 {
    400
}

impl Match {
    /// True if the call fits.
    pub fn fits(&self, call: &Call) -> bool {
        let identity = &call.identity;
        let same = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        same(&self.service, &identity.service)
            && self
                .operation
                .as_deref()
                .is_none_or(|pattern| glob(pattern, &identity.operation))
            && same(&self.account, &call.caller.account)
            && same(&self.region, &identity.region)
            && same(&self.role, &call.caller.role)
            && same(&self.app, &identity.app)
            && self
                .reads
                .is_none_or(|reads| reads == is_read(&identity.service, &identity.operation))
    }
}

/// True if `text` is the pattern, or begins with it up to a final `*`.
pub fn glob(pattern: &str, text: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == text, |beginning| text.starts_with(beginning))
}

/// What is to be done to one call.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Wait first.
    pub latency: Duration,
    /// Then do this.
    pub effect: Option<Effect>,
    /// Names of the faults that hit.
    pub names: Vec<String>,
}

/// All faults of a proxy, with their counts.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Armed>>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: u64,
    hits: u64,
    tripped: bool,
}

impl Faults {
    /// Adds one and returns its name.
    pub fn add(&self, mut fault: Fault) -> String {
        let mut armed = self.armed();
        if fault.name.is_empty() {
            let kind = serde_json::to_value(&fault.effect).ok();
            let kind = kind
                .as_ref()
                .and_then(|effect| effect.get("kind")?.as_str())
                .unwrap_or("fault");
            fault.name = format!("{kind}-{}", armed.len() + 1);
        }
        let name = fault.name.clone();
        armed.push(Armed {
            fault,
            seen: 0,
            hits: 0,
            tripped: false,
        });
        name
    }

    /// Removes all, or those of one name.
    pub fn clear(&self, name: Option<&str>) {
        self.armed()
            .retain(|armed| name.is_some_and(|name| name != armed.fault.name));
    }

    /// Each fault's name, how many calls it matched, and how many it hit.
    pub fn tally(&self) -> Vec<(String, u64, u64)> {
        self.armed()
            .iter()
            .map(|armed| (armed.fault.name.clone(), armed.seen, armed.hits))
            .collect()
    }

    /// True if a power loss has happened.
    pub fn dark(&self) -> bool {
        self.armed().iter().any(|armed| armed.tripped)
    }

    /// Decides about a call. Latencies add up; of the other effects the first wins.
    pub fn decide(&self, call: &Call, dice: &Dice) -> Verdict {
        let mut verdict = Verdict::default();
        for armed in self.armed().iter_mut() {
            let cut_off = armed.tripped
                && matches!(&armed.fault.effect, Effect::PowerLoss { whose, .. } if whose.fits(call));
            if !cut_off && !armed.hits_now(call, dice) {
                continue;
            }
            armed.hits += 1;
            let effect = match &armed.fault.effect {
                _ if cut_off => Effect::Cut,
                Effect::PowerLoss { when, .. } => {
                    armed.tripped = true;
                    if *when == Moment::Before {
                        Effect::Cut
                    } else {
                        Effect::DropAnswer
                    }
                }
                Effect::Latency { ms } => {
                    verdict.latency += Duration::from_millis(*ms);
                    continue;
                }
                other => other.clone(),
            };
            if verdict.effect.is_none() {
                verdict.effect = Some(effect);
                verdict.names.push(armed.fault.name.clone());
            }
        }
        verdict
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn hits_now(&mut self, call: &Call, dice: &Dice) -> bool {
        if self.tripped || !self.fault.matching.fits(call) {
            return false;
        }
        self.seen += 1;
        let fault = &self.fault;
        fault.nth.is_none_or(|nth| nth == self.seen)
            && self.seen > fault.after
            && fault.times.is_none_or(|times| self.hits < times)
            && dice.falls(&fault.name, fault.probability.unwrap_or(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    fn call(action: &'static str) -> Call {
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=A/1/eu-west-1/ec2/aws4_request, x",
            ),
        );
        Call::new(
            Method::POST,
            "/".into(),
            headers,
            Bytes::from(format!("Action={action}&Version=1")),
        )
    }

    fn effects(faults: &Faults, actions: &[&'static str]) -> Vec<Option<Effect>> {
        let dice = Dice::new(1);
        actions
            .iter()
            .map(|action| faults.decide(&call(action), &dice).effect)
            .collect()
    }

    #[test]
    fn the_nth_matching_call_is_hit_and_no_other() {
        let faults = Faults::default();
        let matching = Match {
            operation: Some("Create*".into()),
            ..Match::default()
        };
        faults.add(Fault {
            matching,
            nth: Some(2),
            effect: Effect::Cut,
            ..Fault::default()
        });
        let seen = effects(
            &faults,
            &["CreateVpc", "DescribeVpcs", "CreateSubnet", "CreateVpc"],
        );
        assert_eq!(seen, [None, None, Some(Effect::Cut), None]);
    }

    #[test]
    fn after_a_power_loss_everything_is_cut_until_it_is_cleared() {
        let faults = Faults::default();
        let effect = Effect::PowerLoss {
            when: Moment::After,
            whose: Box::default(),
        };
        faults.add(Fault {
            nth: Some(2),
            effect,
            ..Fault::default()
        });
        let seen = effects(&faults, &["A", "B", "C", "D"]);
        assert_eq!(
            seen,
            [
                None,
                Some(Effect::DropAnswer),
                Some(Effect::Cut),
                Some(Effect::Cut)
            ]
        );
        assert!(faults.dark());
        faults.clear(None);
        assert_eq!(effects(&faults, &["E"]), [None]);
    }

    #[test]
    fn latencies_add_up_beside_another_effect() {
        let faults = Faults::default();
        faults.add(Fault {
            effect: Effect::Latency { ms: 5 },
            ..Fault::default()
        });
        faults.add(Fault {
            effect: Effect::Throttle,
            times: Some(1),
            ..Fault::default()
        });
        faults.add(Fault {
            effect: Effect::Latency { ms: 7 },
            ..Fault::default()
        });
        let verdict = faults.decide(&call("A"), &Dice::new(1));
        assert_eq!(
            (verdict.latency.as_millis(), verdict.effect),
            (12, Some(Effect::Throttle))
        );
        assert_eq!(faults.decide(&call("A"), &Dice::new(1)).effect, None);
    }

    #[test]
    fn faults_are_written_in_json() {
        let text = r#"{"matching":{"service":"ec2","reads":false},"nth":3,"effect":{"kind":"power_loss","when":"after"}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(
            fault.effect,
            Effect::PowerLoss {
                when: Moment::After,
                whose: Box::default()
            }
        );
        assert!(serde_json::from_str::<Fault>(r#"{"efect":{}}"#).is_err());
    }
}
