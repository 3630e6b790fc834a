//! Every public function of the catalogue with input that nobody should give:
//! nothing panics, nothing hangs, and what is undefined stays undefined.

mod composite;
mod faults;
mod forecast;
mod global;
mod inputs;
mod local;
mod plain;
mod rates;
mod scan;
mod space_time;
mod surface;
mod weights;
