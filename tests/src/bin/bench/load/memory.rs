//! Memory of the machine's processes, sampled twice a second.

use std::{collections::BTreeMap, fs};

use scenarios::stack::Stack;
use serde_json::Value;

use crate::{
    processes::{descendants, resident_mib},
    table::Table,
};

/// Parts of a run, by how many of its tenants have reached their phase.
const PARTS: usize = 3;

/// The largest values sampled.
#[derive(Debug, Default)]
pub struct Memory {
    /// Of one process of a function in each part of the run, in MiB.
    pub functions: BTreeMap<String, [f64; PARTS]>,
    /// Of the emulator, in MiB.
    pub emulator_mib: f64,
    /// Processes of functions at once.
    pub processes: usize,
}

impl Memory {
    /// Samples all processes while `done` of `all` tenants have reached their phase.
    pub fn sample(&mut self, stack: &Stack, done: usize, all: usize) {
        let Some(emulator) = emulator(stack) else {
            return;
        };
        self.emulator_mib = self.emulator_mib.max(resident_mib(emulator));
        let part = (done * PARTS / all.max(1)).min(PARTS - 1);
        let functions = functions(stack);
        let functions: Vec<_> = functions
            .into_iter()
            .map(|(pid, name)| (name, resident_mib(pid)))
            .collect();
        self.processes = self.processes.max(functions.len());
        for (name, mib) in functions {
            let most = &mut self.functions.entry(name).or_default()[part];
            *most = most.max(mib);
        }
    }

    /// Adds the functions' memory to a table, as figures of the run `name`.
    pub fn print(&self, name: &str, table: &mut Table) {
        for (function, parts) in &self.functions {
            let parts = parts.map(|mib| format!("{mib:.1}"));
            table.figure(
                format!("{name}: largest process of {function}, in each third of the run"),
                format!("{} MiB", parts.join(", ")),
            );
        }
    }
}

/// The processes that run a function, and which.
pub fn functions(stack: &Stack) -> Vec<(u32, String)> {
    let emulator = emulator(stack);
    let all = emulator.into_iter().flat_map(descendants);
    all.filter_map(|pid| Some((pid, function(pid)?))).collect()
}

fn emulator(stack: &Stack) -> Option<u32> {
    let processes = stack.state.get("processes").and_then(Value::as_array)?;
    let named = |process: &&Value| process.get("name").and_then(Value::as_str) == Some("emulator");
    let pid = processes.iter().find(named)?.get("pid")?.as_u64()?;
    u32::try_from(pid).ok()
}

/// The name of the function that a process runs, from the environment Lambda gives it.
fn function(pid: u32) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let environment = String::from_utf8_lossy(&environment);
    let mut variables = environment.split('\0');
    let name = variables.find_map(|variable| variable.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="))?;
    Some(name.rsplit('-').next().unwrap_or(name).to_owned())
}
