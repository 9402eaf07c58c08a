//! How the account-wide switches are read and set: one file each.

mod allowed_images;
mod context;
mod ebs_encryption;
mod image_block;
mod instance_metadata;
mod public_access;
mod serial_console;
mod snapshot_block;
mod switch;
mod vpc_block;

use std::sync::Arc;

use baseline::{declared::DeclaredPort, guard};

use self::{
    context::SwitchContext,
    switch::{SwitchPort, switch_port},
};
use crate::pass::PassContext;

/// The port of the component `guard`.
pub(crate) fn port(pass: &Arc<PassContext>) -> DeclaredPort {
    DeclaredPort(vec![
        switch_port::<guard::PublicAccess>(pass),
        switch_port::<guard::EbsEncryption>(pass),
        switch_port::<guard::InstanceMetadata>(pass),
        switch_port::<guard::SnapshotBlock>(pass),
        switch_port::<guard::ImageBlock>(pass),
        switch_port::<guard::SerialConsole>(pass),
        switch_port::<guard::VpcBlock>(pass),
        switch_port::<guard::AllowedImages>(pass),
    ])
}
