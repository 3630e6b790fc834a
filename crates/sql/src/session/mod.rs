//! A query session over the tables of one release, which can only be read; for
//! the steward at the lake, over tables that are handed in ([`Session::over`]).
//!
//! A session knows the files it was given open, three small tables out of the
//! manifest, its own `information_schema` and the functions that are listed.
//! It has no other store, no other catalog and no way to make one.

mod arrow_row;
mod errors;
mod parameters;
mod placeholders;
mod store;
mod tables;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{
    CatalogProvider as _, MemTable, MemoryCatalogProvider, MemorySchemaProvider,
    SchemaProvider as _, TableFunction, TableProvider,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::Result as EngineResult;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use safeground_schema::release::Manifest;

use crate::functions::{FunctionKind, StatisticsNode, catalogue};
use crate::gate::{
    BUILT_IN_FUNCTIONS, Catalog, GateLimits, TABLE_FUNCTIONS, check_plan, check_statement,
    check_text, parse,
};
use crate::geoarrow::with_marked_geometry;
use crate::grouping::DealGroups;
use crate::refusal::Refusal;

pub use arrow_row::ArrowRow;
pub(crate) use errors::{failed, planning_failed};
pub use parameters::{Parameter, Parameters, TypedParameter};
pub use tables::{ColumnEntry, TableEntry};

/// Key of the release id in the metadata of every answer's Arrow schema.
pub const RELEASE_ID: &str = "safeground.release_id";

/// Key of the audience there.
pub const AUDIENCE: &str = "safeground.audience";

/// Key of the address of its manifest there, on the server's HTTP side.
pub const MANIFEST_LINK: &str = "safeground.manifest";

/// Rows of a batch: small enough that a limit on rows or bytes bites early.
const BATCH_ROWS: usize = 8_192;

/// A file of a release that is open.
#[derive(Debug)]
pub(crate) struct OpenTable {
    /// Name of the table.
    pub(crate) name: String,
    /// Its Parquet file.
    pub(crate) file: File,
    /// Size of the file.
    pub(crate) bytes: u64,
}

/// Memory and temporary space that the engine keeps to by itself. The limits
/// of the process stand behind it.
#[derive(Debug, Clone)]
pub(crate) struct EngineLimits {
    /// Bytes of memory.
    pub(crate) memory_bytes: u64,
    /// Folder for temporary files; without one, what does not fit fails.
    pub(crate) temporary: Option<PathBuf>,
    /// Bytes of temporary files.
    pub(crate) temporary_bytes: u64,
}

/// A statement that passed every wall and can run.
#[derive(Debug)]
pub(crate) struct Planned {
    plan: LogicalPlan,
    /// Schema of the answer, with the release in its metadata.
    pub(crate) schema: SchemaRef,
    /// Placeholders that no value was given for, each with its type where the
    /// statement says it; sorted.
    pub(crate) placeholders: Vec<(String, Option<String>)>,
}

/// A session over the tables of one release.
pub(crate) struct Session {
    context: SessionContext,
    catalog: Catalog,
    tables: Vec<TableEntry>,
    metadata: std::collections::HashMap<String, String>,
    limits: EngineLimits,
}

impl Planned {
    /// Tables that the plan reads, sorted. Series that a function makes are
    /// none.
    pub(crate) fn tables(&self) -> Vec<String> {
        let mut tables = std::collections::BTreeSet::new();
        // The walk fails on nothing.
        let _ = self.plan.apply_with_subqueries(|step| {
            if let LogicalPlan::TableScan(scan) = step
                && !scan.table_name.table().ends_with("()")
            {
                tables.insert(scan.table_name.table().to_owned());
            }
            Ok(TreeNodeRecursion::Continue)
        });
        tables.into_iter().collect()
    }
}

impl Session {
    /// Opens the tables. Reads the footers of the files.
    pub(crate) async fn open(
        manifest: &Manifest,
        tables: Vec<OpenTable>,
        limits: EngineLimits,
    ) -> EngineResult<Self> {
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        let files = tables
            .into_iter()
            .map(|table| (format!("{}.parquet", table.name), table.file, table.bytes));
        let files = Arc::new(store::ReleasedFiles::new(files));
        let context = context(Arc::new(store::OnlyReleased(files)), &limits)?;
        let public = Arc::new(MemorySchemaProvider::new());
        let mut entries = Vec::new();
        for name in names {
            let table = parquet_table(&context, &name).await?;
            entries.push(tables::entry("public", &name, &table.schema()));
            public.register_table(name, table)?;
        }
        for (name, batch) in tables::of_manifest(manifest)? {
            entries.push(tables::entry("public", name, &batch.schema()));
            let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
            public.register_table(name.to_owned(), Arc::new(table))?;
        }
        let metadata = [
            (RELEASE_ID.to_owned(), manifest.release_id.clone()),
            (AUDIENCE.to_owned(), manifest.audience.clone()),
            (
                MANIFEST_LINK.to_owned(),
                format!(
                    "/v1/manifest?audience={}&release={}",
                    manifest.audience, manifest.release_id
                ),
            ),
        ];
        Self::assemble(context, public, entries, metadata.into(), limits)
    }

    /// A session over tables that are open already, in one store.
    pub(crate) fn over(
        tables: Vec<(String, Arc<dyn TableProvider>)>,
        address: url::Url,
        store: Arc<dyn object_store::ObjectStore>,
        limits: EngineLimits,
    ) -> EngineResult<Self> {
        let context = context(Arc::new(store::OnlyOne { address, store }), &limits)?;
        let public = Arc::new(MemorySchemaProvider::new());
        let mut entries = Vec::new();
        for (name, table) in tables {
            entries.push(tables::entry("public", &name, &table.schema()));
            public.register_table(name, table)?;
        }
        Self::assemble(context, public, entries, Default::default(), limits)
    }

    /// Adds the catalog of tables and functions.
    fn assemble(
        context: SessionContext,
        public: Arc<MemorySchemaProvider>,
        mut entries: Vec<TableEntry>,
        metadata: std::collections::HashMap<String, String>,
        limits: EngineLimits,
    ) -> EngineResult<Self> {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let information = Arc::new(MemorySchemaProvider::new());
        for (name, batch) in tables::information_schema(&entries)? {
            entries.push(tables::entry("information_schema", name, &batch.schema()));
            let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
            information.register_table(name.to_owned(), Arc::new(table))?;
        }
        let own = MemoryCatalogProvider::new();
        own.register_schema("public", public)?;
        own.register_schema("information_schema", information)?;
        context.register_catalog(crate::gate::CATALOG, Arc::new(own));

        let state = context.state();
        // The statement may say an alias; the plan says the name behind it.
        let scalar = state.scalar_functions().iter();
        let aggregate = state.aggregate_functions().iter();
        let window = state.window_functions().iter();
        let functions = scalar
            .flat_map(|(alias, function)| [alias.clone(), function.name().to_owned()])
            .chain(aggregate.flat_map(|(alias, f)| [alias.clone(), f.name().to_owned()]))
            .chain(window.flat_map(|(alias, f)| [alias.clone(), f.name().to_owned()]));
        let statistics = catalogue()
            .into_iter()
            .filter(|entry| entry.kind == FunctionKind::Table)
            .map(|entry| entry.name);
        let catalog = Catalog::new(
            entries
                .iter()
                .map(|table| (table.schema.clone(), table.name.clone())),
            functions,
            state.table_functions().keys().cloned().chain(statistics),
        )
        .with_steps([StatisticsNode::NAME.to_owned()]);
        Ok(Self {
            context,
            catalog,
            tables: entries,
            metadata,
            limits,
        })
    }

    /// Names that a query may use.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Its tables, those of `information_schema` last.
    pub(crate) fn tables(&self) -> &[TableEntry] {
        &self.tables
    }

    /// Takes a statement through all walls and plans it.
    pub(crate) async fn plan(
        &self,
        sql: &str,
        parameters: &Parameters,
        row: Option<&ArrowRow>,
        gate: &GateLimits,
    ) -> Result<Planned, Refusal> {
        parameters.check(gate)?;
        row.map_or(Ok(()), |row| row.check(gate))?;
        let statement = parse(check_text(sql, gate)?, gate)?;
        check_statement(&statement, &self.catalog, gate)?;
        let state = self.context.state();
        let plan = state.statement_to_plan(Statement::Statement(Box::new(statement)));
        let mut plan = plan.await.map_err(|error| planning_failed(&error))?;
        check_plan(&plan, &self.catalog, gate)?;
        let values = match (parameters.values()?, row) {
            (Some(_), Some(_)) => return Err(Refusal::Parameters),
            (values, None) => values,
            (None, Some(row)) => {
                let names = placeholders::types(&plan);
                let names = names.map_err(|error| planning_failed(&error))?;
                let names: Vec<_> = names.into_keys().collect();
                Some(row.values(&names, gate)?)
            }
        };
        if let Some(values) = values {
            plan = plan
                .with_param_values(values)
                .map_err(|_| Refusal::Parameters)?;
        }
        let types = placeholders::types(&plan);
        let types = types.map_err(|error| planning_failed(&error))?;
        let placeholders = types
            .into_iter()
            .map(|(name, data_type)| (name, data_type.map(|known| known.to_string())))
            .collect();
        let schema = plan.schema().as_arrow();
        Ok(Planned {
            schema: self.described(schema),
            plan,
            placeholders,
        })
    }

    /// The schema that the answer will have: that of the plan as it would run,
    /// where every placeholder has a value, since some types are settled only
    /// then.
    pub(crate) async fn answer_schema(&self, planned: Planned) -> Result<SchemaRef, Refusal> {
        if !planned.placeholders.is_empty() {
            return Ok(planned.schema);
        }
        let frame = self.context.execute_logical_plan(planned.plan).await;
        let frame = frame.map_err(|error| planning_failed(&error))?;
        let plan = frame.create_physical_plan().await;
        let plan = plan.map_err(|error| failed(&error, &self.limits))?;
        Ok(self.described(&plan.schema()))
    }

    /// Optimises and starts a plan. The stream is computed as it is read.
    pub(crate) async fn run(
        &self,
        planned: Planned,
    ) -> Result<(SchemaRef, SendableRecordBatchStream), Refusal> {
        if !planned.placeholders.is_empty() {
            return Err(Refusal::Parameters);
        }
        let frame = self.context.execute_logical_plan(planned.plan).await;
        let frame = frame.map_err(|error| planning_failed(&error))?;
        let stream = frame.execute_stream().await;
        let stream = stream.map_err(|error| failed(&error, &self.limits))?;
        Ok((self.described(&stream.schema()), stream))
    }

    /// The limits of the engine, for what an error of the stream means.
    pub(crate) fn limits(&self) -> &EngineLimits {
        &self.limits
    }

    /// A schema with the release in its metadata.
    fn described(&self, schema: &Schema) -> SchemaRef {
        let mut metadata = schema.metadata().clone();
        metadata.extend(self.metadata.clone());
        Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
    }
}

/// A context with the listed functions and nothing of its own.
///
/// One partition: the order of rows without ORDER BY and the last bit of a sum
/// would otherwise depend on which thread came first.
fn context(
    stores: Arc<dyn ObjectStoreRegistry>,
    limits: &EngineLimits,
) -> EngineResult<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(crate::gate::CATALOG, "public")
        .with_parquet_pruning(true);
    let options = config.options_mut();
    options.execution.enable_recursive_ctes = false;
    options.execution.time_zone = Some("+00:00".into());
    let memory = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
    // What a sort keeps back to merge what it spilled must fit in its memory.
    options.execution.sort_spill_reservation_bytes = (memory / 16).min(10 << 20);
    let disk = match &limits.temporary {
        Some(folder) => DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![folder.clone()]))
            .with_max_temp_directory_size(limits.temporary_bytes),
        None => DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
    };
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_disk_manager_builder(disk)
        .with_object_store_registry(stores)
        .build_arc()?;
    let listed = |name: &str| BUILT_IN_FUNCTIONS.contains(&name);
    let scalar = SessionStateDefaults::default_scalar_functions();
    let aggregate = SessionStateDefaults::default_aggregate_functions();
    let window = SessionStateDefaults::default_window_functions();
    let table = SessionStateDefaults::default_table_functions();
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_physical_optimizer_rule(Arc::new(DealGroups::default()))
        .with_scalar_functions(scalar.into_iter().filter(|f| listed(f.name())).collect())
        .with_aggregate_functions(aggregate.into_iter().filter(|f| listed(f.name())).collect())
        .with_window_functions(window.into_iter().filter(|f| listed(f.name())).collect())
        .with_table_function_list(
            table
                .into_iter()
                .filter(|f: &Arc<TableFunction>| TABLE_FUNCTIONS.contains(&f.name()))
                .collect::<Vec<_>>(),
        )
        .build();
    let context = SessionContext::new_with_state(state);
    crate::functions::register(&context)?;
    Ok(context)
}

async fn parquet_table(
    context: &SessionContext,
    name: &str,
) -> EngineResult<Arc<dyn TableProvider>> {
    let url = ListingTableUrl::parse(format!("{}{name}.parquet", store::ADDRESS))?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new(url).with_listing_options(options);
    let config = config.infer_schema(&context.state()).await?;
    let schema = config.file_schema.as_deref().map(with_marked_geometry);
    let config = match schema {
        Some(schema) => config.with_schema(schema),
        None => config,
    };
    Ok(Arc::new(ListingTable::try_new(config)?))
}
