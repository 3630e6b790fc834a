//! Facts about the server.

use arrow::array::RecordBatch;
use arrow_flight::error::Result;
use arrow_flight::sql::metadata::SqlInfoDataBuilder;
use arrow_flight::sql::{
    CommandGetSqlInfo, SqlInfo, SqlNullOrdering, SqlSupportedCaseSensitivity,
    SqlSupportedTransaction,
};

/// The facts that are asked for, or all. A number that there is not is left
/// out. `functions` are the names that queries may call.
///
/// # Errors
/// None.
pub(crate) fn sql_info(functions: &[String], asked: CommandGetSqlInfo) -> Result<RecordBatch> {
    let mut facts = SqlInfoDataBuilder::new();
    facts.append(SqlInfo::FlightSqlServerName, "Safeground");
    facts.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    facts.append(SqlInfo::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
    // Read-only; SQL and no Substrait; no transactions; queries can be
    // cancelled; nothing can be loaded.
    facts.append(SqlInfo::FlightSqlServerReadOnly, true);
    facts.append(SqlInfo::FlightSqlServerSql, true);
    facts.append(SqlInfo::FlightSqlServerSubstrait, false);
    let transactions = SqlSupportedTransaction::None as i32;
    facts.append(SqlInfo::FlightSqlServerTransaction, transactions);
    facts.append(SqlInfo::FlightSqlServerCancel, true);
    facts.append(SqlInfo::FlightSqlServerBulkIngestion, false);
    facts.append(SqlInfo::FlightSqlServerIngestTransactionsSupported, false);
    // Nothing can be created.
    facts.append(SqlInfo::SqlDdlCatalog, false);
    facts.append(SqlInfo::SqlDdlSchema, false);
    facts.append(SqlInfo::SqlDdlTable, false);
    // Names without quotes are read in lower case; quoted ones as they stand.
    let lower = SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32;
    let unknown = SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32;
    facts.append(SqlInfo::SqlIdentifierCase, lower);
    facts.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    facts.append(SqlInfo::SqlQuotedIdentifierCase, unknown);
    facts.append(SqlInfo::SqlAllTablesAreSelectable, true);
    // Without NULLS FIRST or LAST nothing sorts as the largest value.
    let nulls = SqlNullOrdering::SqlNullsSortedHigh as i32;
    facts.append(SqlInfo::SqlNullOrdering, nulls);
    facts.append(SqlInfo::SqlSystemFunctions, functions.to_vec());
    asked.into_builder(&facts.build()?).build()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array as _, AsArray as _};

    use super::*;

    #[test]
    fn facts_that_are_asked_for_come_in_order_and_unknown_ones_not_at_all() {
        let functions = vec!["h3_cell_to_parent".to_owned()];
        let asked = |info: &[u32]| {
            let info = info.to_vec();
            sql_info(&functions, CommandGetSqlInfo { info }).unwrap()
        };
        let some = asked(&[511, 3, 0, 999]);
        let numbers = some
            .column(0)
            .as_primitive::<arrow::datatypes::UInt32Type>();
        assert_eq!(numbers.values(), &[0, 3, 511]);
        let values = some.column(1).as_union();
        assert_eq!(values.value(0).as_string::<i32>().value(0), "Safeground");
        assert!(values.value(1).as_boolean().value(0));
        let listed = values.value(2).as_list::<i32>().value(0);
        assert_eq!(listed.as_string::<i32>().value(0), functions[0]);
        assert!(asked(&[]).num_rows() > 10);
        assert_eq!(asked(&[999]).num_rows(), 0);
        assert!(!some.column(1).is_nullable());
    }
}
