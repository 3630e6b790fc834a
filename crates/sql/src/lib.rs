//! SQL over released tables: H3 and statistics functions, and the gate that
//! queries pass.

pub mod functions;
pub mod gate;
