//! From SQL to the plan of a call.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, TableFactor, UnaryOperator, Value,
};

use super::call::{Argument, Call, Kind, Setting};
use super::error::StatisticsError;
use super::function::TableFunctionSpec;
use super::node::StatisticsNode;
use super::spec;

/// Plans calls of the statistical table functions.
///
/// Arguments are named, `name => value`, except that the query may stand
/// first without its name. The query is planned where it stands, by the same
/// planner as the statement around it: it sees the same tables and common
/// table expressions, and whoever walks the statement or its plan meets it as
/// he meets any subquery.
#[derive(Debug)]
pub(super) struct StatisticsPlanner;

impl RelationPlanner for StatisticsPlanner {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let original = |relation| Ok(RelationPlanning::Original(Box::new(relation)));
        let (name, given, alias, lateral) = match &relation {
            TableFactor::Table {
                name,
                args: Some(args),
                alias,
                ..
            } => (name, &args.args, alias, false),
            TableFactor::Function {
                name, args, alias, ..
            } => (name, args, alias, true),
            _ => return original(relation),
        };
        let [part] = name.0.as_slice() else {
            return original(relation);
        };
        let Some(spec) = part
            .as_ident()
            .and_then(|name| spec(&context.normalize_ident(name.clone())))
        else {
            return original(relation);
        };
        if lateral {
            return plan_err!(
                "{} cannot stand after LATERAL: its query must not depend on other rows",
                spec.name
            );
        }
        let plan = Reader {
            spec,
            context,
            settings: BTreeMap::new(),
            queries: BTreeMap::new(),
        }
        .plan(given)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(
            plan,
            alias.clone(),
        ))))
    }
}

struct Reader<'a> {
    spec: &'static TableFunctionSpec,
    context: &'a mut dyn RelationPlannerContext,
    settings: BTreeMap<&'static str, Setting>,
    queries: BTreeMap<&'static str, LogicalPlan>,
}

impl Reader<'_> {
    fn plan(mut self, given: &[FunctionArg]) -> Result<LogicalPlan> {
        for (place, argument) in given.iter().enumerate() {
            let (name, value) = match argument {
                FunctionArg::Named { name, arg, .. } => (self.normalised(name), arg),
                FunctionArg::ExprNamed {
                    name: Expr::Identifier(name),
                    arg,
                    ..
                } => (self.normalised(name), arg),
                FunctionArg::Unnamed(arg) if place == 0 => ("input".to_owned(), arg),
                _ => {
                    return plan_err!(
                        "argument {} of {} has no name: write name => value",
                        place + 1,
                        self.spec.name
                    );
                }
            };
            let FunctionArgExpr::Expr(value) = value else {
                return plan_err!("argument {name} of {} is not a value", self.spec.name);
            };
            let argument = self.argument(name)?;
            self.read(argument, value)?;
        }
        let Some(input) = self.queries.remove("input") else {
            return Err(StatisticsError::MissingArgument {
                function: self.spec.name,
                name: "input",
                remedy: "write input => (SELECT ...)",
            }
            .into());
        };
        let call = Call {
            function: self.spec.name,
            settings: self.settings,
        };
        let node = StatisticsNode::new(self.spec, call, input, self.queries.remove("weights"))?;
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(node),
        }))
    }

    fn normalised(&self, name: &Ident) -> String {
        self.context.normalize_ident(name.clone())
    }

    fn argument(&self, name: String) -> Result<&'static Argument> {
        let argument = self
            .spec
            .arguments()
            .find(|argument| argument.name == name)
            .ok_or_else(|| StatisticsError::UnknownArgument {
                function: self.spec.name,
                name,
                known: self
                    .spec
                    .arguments()
                    .map(|argument| argument.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        if self.settings.contains_key(argument.name) || self.queries.contains_key(argument.name) {
            return Err(StatisticsError::RepeatedArgument {
                function: self.spec.name,
                name: argument.name,
            }
            .into());
        }
        Ok(argument)
    }

    fn read(&mut self, argument: &'static Argument, value: &Expr) -> Result<()> {
        if argument.kind == Kind::Query {
            let query = self.query(argument, value)?;
            self.queries.insert(argument.name, query);
        } else {
            let setting = self.setting(argument, value)?;
            self.settings.insert(argument.name, setting);
        }
        Ok(())
    }

    fn query(&mut self, argument: &Argument, value: &Expr) -> Result<LogicalPlan> {
        match value {
            Expr::Nested(inner) => self.query(argument, inner),
            Expr::Subquery(query) => self.context.plan(TableFactor::Derived {
                lateral: false,
                subquery: query.clone(),
                alias: None,
                sample: None,
            }),
            _ => self.unexpected(argument, value, "a query in brackets, (SELECT ...)"),
        }
    }

    fn setting(&self, argument: &Argument, value: &Expr) -> Result<Setting> {
        match value {
            Expr::Nested(inner) => self.setting(argument, inner),
            Expr::Identifier(name) => Ok(Setting::Text(self.normalised(name))),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => match self.setting(argument, expr)? {
                Setting::Number(number) => Ok(Setting::Number(format!("-{number}"))),
                _ => self.unexpected(argument, value, "a number"),
            },
            Expr::Value(given) => match &given.value {
                Value::SingleQuotedString(text) => Ok(Setting::Text(text.clone())),
                Value::Number(number, _) => Ok(Setting::Number(number.to_string())),
                Value::Boolean(value) => Ok(Setting::Boolean(*value)),
                _ => self.unexpected(argument, value, "a name, text, a number, true or false"),
            },
            _ => self.unexpected(argument, value, "a name, text, a number, true or false"),
        }
    }

    fn unexpected<T>(&self, argument: &Argument, value: &Expr, expected: &str) -> Result<T> {
        Err(StatisticsError::ArgumentValue {
            function: self.spec.name,
            name: argument.name.to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        }
        .into())
    }
}
