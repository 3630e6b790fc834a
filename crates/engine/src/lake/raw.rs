//! The lake's own tables, for the steward alone.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectStore;
use safeground_schema::{FieldKind, Table};

use super::{AsOf, Lake};
use crate::EngineError;

/// The lake's tables without their pseudonyms.
pub struct RawTables {
    /// Tables by name, in documented order.
    pub tables: Vec<(String, Arc<dyn TableProvider>)>,
    /// Where their files are.
    pub address: url::Url,
    /// The store that holds them.
    pub store: Arc<dyn ObjectStore>,
}

impl std::fmt::Debug for RawTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.tables.iter().map(|(name, _)| name).collect();
        f.debug_tuple("RawTables").field(&names).finish()
    }
}

impl Lake {
    /// The lake's tables as they are or were: every row, nothing protected. Columns of
    /// pseudonyms (children, incidents, cases, events) are left out: they tell
    /// one child from another, which counting needs and no reader does.
    ///
    /// Whatever is asked of them must be written to [`Lake::audit`] first.
    ///
    /// # Errors
    /// What keeps the tables from being read.
    pub async fn raw(&self, as_of: &AsOf) -> Result<RawTables, EngineError> {
        let session = self.input_as_of(as_of).await?.session;
        let mut tables = Vec::new();
        for table in Table::ALL {
            let whole = session.table_provider(table.name()).await?;
            let open = WithoutKeys::new(*table, whole)?;
            let open: Arc<dyn TableProvider> = Arc::new(open);
            tables.push((table.name().to_owned(), open));
        }
        Ok(RawTables {
            tables,
            address: self.url().url().clone(),
            store: Arc::clone(self.root()),
        })
    }
}

/// A table without its columns of pseudonyms.
#[derive(Debug)]
struct WithoutKeys {
    whole: Arc<dyn TableProvider>,
    schema: SchemaRef,
    /// Positions of the columns in the whole table.
    kept: Vec<usize>,
}

impl WithoutKeys {
    fn new(table: Table, whole: Arc<dyn TableProvider>) -> Result<Self, EngineError> {
        let schema = whole.schema();
        let is_key = |name: &str| {
            let field = table.field(name);
            field.is_some_and(|field| matches!(field.kind, FieldKind::Key))
        };
        let fields = (0..).zip(schema.fields());
        let kept = fields.filter(|(_, field)| !is_key(field.name()));
        let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
        let schema = Arc::new(schema.project(&kept)?);
        Ok(Self {
            whole,
            schema,
            kept,
        })
    }
}

#[async_trait]
impl TableProvider for WithoutKeys {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let kept = match projection {
            Some(columns) => columns.iter().map(|at| self.kept[*at]).collect(),
            None => self.kept.clone(),
        };
        self.whole.scan(state, Some(&kept), filters, limit).await
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        self.whole.supports_filters_pushdown(filters)
    }
}
