//! The third wall: what may stand after FROM and JOIN.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, ObjectName, Spanned as _,
    TableAlias, TableFactor, TableFunctionArgs, TableWithJoins, UnaryOperator, Value,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::{SERIES_FUNCTIONS, SERIES_MOST_STEPS};
use super::walk::{Walk, forbidden, identifiers, normalised, refuse_if};
use crate::refusal::{Forbidden, Position, Refusal, shortened};

impl Walk<'_> {
    /// A table and what is joined to it.
    pub(super) fn joined(&mut self, table: &TableWithJoins) -> Result<(), Refusal> {
        self.within(|walk| {
            walk.relation(&table.relation)?;
            for join in &table.joins {
                refuse_if(join.global, Forbidden::Join, "GLOBAL", join.span())?;
                walk.relation(&join.relation)?;
                let constraint = match &join.join_operator {
                    JoinOperator::Join(constraint)
                    | JoinOperator::Inner(constraint)
                    | JoinOperator::Left(constraint)
                    | JoinOperator::LeftOuter(constraint)
                    | JoinOperator::Right(constraint)
                    | JoinOperator::RightOuter(constraint)
                    | JoinOperator::FullOuter(constraint)
                    | JoinOperator::CrossJoin(constraint)
                    | JoinOperator::LeftSemi(constraint)
                    | JoinOperator::RightSemi(constraint)
                    | JoinOperator::LeftAnti(constraint)
                    | JoinOperator::RightAnti(constraint) => constraint,
                    _ => return Err(forbidden(Forbidden::Join, None, join.span())),
                };
                match constraint {
                    JoinConstraint::On(condition) => walk.expression(condition)?,
                    JoinConstraint::Using(names) => {
                        let plain = names.iter().all(|name| identifiers(name).is_some());
                        refuse_if(!plain, Forbidden::Join, "USING", join.span())?;
                    }
                    JoinConstraint::Natural | JoinConstraint::None => {}
                }
            }
            Ok(())
        })
    }

    fn relation(&mut self, relation: &TableFactor) -> Result<(), Refusal> {
        self.within(|walk| match relation {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                let odd = !with_hints.is_empty()
                    || version.is_some()
                    || *with_ordinality
                    || !partitions.is_empty()
                    || json_path.is_some()
                    || sample.is_some()
                    || !index_hints.is_empty();
                let text = "a table with hints, versions, samples or partitions";
                refuse_if(odd, Forbidden::TableKind, text, name.span())?;
                walk.table_alias(alias.as_ref())?;
                match args {
                    None => walk.named(name),
                    Some(TableFunctionArgs { args, settings }) => {
                        let odd = settings.is_some();
                        refuse_if(odd, Forbidden::Clause, "SETTINGS", name.span())?;
                        walk.table_function(name, args)
                    }
                }
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample,
            } => {
                refuse_if(*lateral, Forbidden::TableKind, "LATERAL", subquery.span())?;
                let odd = sample.is_some();
                refuse_if(odd, Forbidden::TableKind, "SAMPLE", subquery.span())?;
                walk.table_alias(alias.as_ref())?;
                walk.query(subquery)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                walk.table_alias(alias.as_ref())?;
                walk.joined(table_with_joins)
            }
            other => Err(forbidden(Forbidden::TableKind, None, other.span())),
        })
    }

    /// An alias renames; types and positions are refused.
    pub(super) fn table_alias(&self, alias: Option<&TableAlias>) -> Result<(), Refusal> {
        let odd = alias.is_some_and(|alias| {
            alias.at.is_some()
                || alias
                    .columns
                    .iter()
                    .any(|column| column.data_type.is_some())
        });
        let at = alias.map_or(Span::empty(), |alias| alias.name.span);
        refuse_if(odd, Forbidden::Clause, "AT or a type in an alias", at)
    }

    /// A table of the release or a common table expression.
    fn named(&mut self, name: &ObjectName) -> Result<(), Refusal> {
        let Some(parts) = identifiers(name) else {
            let text = name.to_string();
            let text = Some(text.as_str());
            return Err(forbidden(Forbidden::TableKind, text, name.span()));
        };
        let parts: Vec<String> = parts.into_iter().map(normalised).collect();
        if let [only] = &parts[..]
            && self.uses(only)?
        {
            return Ok(());
        }
        if self.catalog.has_table(&parts) {
            return self.table();
        }
        Err(Refusal::UnknownTable {
            name: shortened(&parts.join(".")),
            at: Position::of(name.span().start),
        })
    }

    /// A function that makes a table.
    fn table_function(&mut self, name: &ObjectName, args: &[FunctionArg]) -> Result<(), Refusal> {
        self.table()?;
        let known = identifiers(name).and_then(|parts| match parts[..] {
            [only] => Some(normalised(only)),
            _ => None,
        });
        let known = known.filter(|known| self.catalog.has_table_function(known));
        let Some(known) = known else {
            return Err(Refusal::UnknownFunction {
                name: shortened(&name.to_string()),
                at: Position::of(name.span().start),
            });
        };
        if SERIES_FUNCTIONS.contains(&known.as_str()) {
            let small = series_steps(args).is_some_and(|steps| steps <= SERIES_MOST_STEPS);
            refuse_if(!small, Forbidden::Argument, &known, name.span())?;
        }
        self.arguments(args)
    }
}

/// Steps of a series whose bounds are whole numbers in the text: its rows, or
/// one less where it has its end.
fn series_steps(args: &[FunctionArg]) -> Option<u64> {
    let bounds: Option<Vec<i64>> = args.iter().map(whole_argument).collect();
    let (start, stop, step) = match bounds?[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] if step != 0 => (start, stop, step),
        _ => return None,
    };
    let span = i128::from(stop) - i128::from(start);
    let steps = (span / i128::from(step)).max(0);
    u64::try_from(steps).ok()
}

/// A whole number that stands in the text as such.
pub(super) fn whole_argument(argument: &FunctionArg) -> Option<i64> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument else {
        return None;
    };
    match expression {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => whole(expr).map(|value| -value),
        other => whole(other),
    }
}

fn whole(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Value(value) => match &value.value {
            // Its absolute value is far from the end of the range.
            Value::Number(digits, _) if digits.len() <= 15 => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
