//! How the account-wide switches are read and set: one file each.

mod allowed_images;
mod ebs_encryption;
mod image_block;
mod instance_metadata;
mod public_access;
mod serial_console;
mod snapshot_block;
mod vpc_block;

use std::sync::Arc;

use baseline::declared::DeclaredPort;

use crate::{pass::PassContext, resources::switch_port};

/// The port of the component `guard`.
pub(crate) fn port(pass: &Arc<PassContext>) -> DeclaredPort {
    DeclaredPort(vec![
        switch_port(public_access::Port(Arc::clone(pass))),
        switch_port(ebs_encryption::Port(Arc::clone(pass))),
        switch_port(instance_metadata::Port(Arc::clone(pass))),
        switch_port(snapshot_block::Port(Arc::clone(pass))),
        switch_port(image_block::Port(Arc::clone(pass))),
        switch_port(serial_console::Port(Arc::clone(pass))),
        switch_port(vpc_block::Port(Arc::clone(pass))),
        switch_port(allowed_images::Port(Arc::clone(pass))),
    ])
}
