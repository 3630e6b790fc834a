//! The third wall: expressions, operators, types and function calls.

use std::slice;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CeilFloorKind, DataType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident,
    Spanned as _, Subscript, UnaryOperator, Value, WindowFrameBound, WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::{PADDING_FUNCTIONS, PADDING_MOST_CHARACTERS, UNNEST};
use super::statement::plain_wildcard;
use super::table::whole_argument;
use super::walk::{Walk, forbidden, identifiers, normalised, refuse_if};
use crate::refusal::{Forbidden, Position, Refusal, shortened};

impl Walk<'_> {
    /// Several expressions.
    pub(super) fn expressions<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e Expr>,
    ) -> Result<(), Refusal> {
        let mut expressions = expressions.into_iter();
        expressions.try_for_each(|expression| self.expression(expression))
    }

    /// An expression and all within it.
    pub(super) fn expression(&mut self, expression: &Expr) -> Result<(), Refusal> {
        self.within(|walk| walk.listed(expression))
    }

    fn listed(&mut self, expression: &Expr) -> Result<(), Refusal> {
        match expression {
            Expr::Identifier(name) => plain_name(slice::from_ref(name), expression),
            Expr::CompoundIdentifier(parts) => plain_name(parts, expression),
            Expr::Array(array) => self.expressions(&array.elem),
            Expr::Value(value) => literal(&value.value, expression),
            Expr::TypedString(typed) => {
                let odd = typed.uses_odbc_syntax;
                refuse_if(odd, Forbidden::Expression, "braces", || expression.span())?;
                self.type_name(&typed.data_type, expression)?;
                literal(&typed.value.value, expression)
            }
            Expr::Interval(interval) => self.expression(&interval.value),
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::Nested(inner)
            | Expr::Extract { expr: inner, .. } => self.expression(inner),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.expressions([left.as_ref(), right])
            }
            Expr::InList { expr, list, .. } => {
                self.expression(expr)?;
                self.expressions(list)
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expression(expr)?;
                self.query(subquery)
            }
            Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => self.query(subquery),
            Expr::Between {
                expr, low, high, ..
            } => self.expressions([expr.as_ref(), low, high]),
            Expr::BinaryOp { left, op, right } => {
                binary(op, expression)?;
                self.expressions([left.as_ref(), right])
            }
            Expr::UnaryOp { op, expr } => {
                let listed = matches!(
                    op,
                    UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not
                );
                let name = op.to_string();
                refuse_if(!listed, Forbidden::Operator, &name, || expression.span())?;
                self.expression(expr)
            }
            Expr::Like {
                any: false,
                expr,
                pattern,
                ..
            }
            | Expr::ILike {
                any: false,
                expr,
                pattern,
                ..
            }
            | Expr::SimilarTo { expr, pattern, .. } => self.expressions([expr.as_ref(), pattern]),
            Expr::Cast {
                kind: _,
                expr,
                data_type,
                array: false,
                format: None,
            } => {
                self.type_name(data_type, expression)?;
                self.expression(expr)
            }
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                let plain = matches!(
                    field,
                    CeilFloorKind::DateTimeField(
                        datafusion::sql::sqlparser::ast::DateTimeField::NoDateTime
                    )
                );
                let name = "CEIL or FLOOR with a field";
                refuse_if(!plain, Forbidden::Expression, name, || expression.span())?;
                self.expression(expr)
            }
            Expr::Position { expr, r#in } => self.expressions([expr.as_ref(), r#in]),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                self.expression(expr)?;
                self.expressions(
                    [substring_from, substring_for]
                        .into_iter()
                        .flatten()
                        .map(AsRef::as_ref),
                )
            }
            Expr::Trim {
                trim_what,
                expr,
                trim_characters,
                ..
            } => {
                self.expression(expr)?;
                self.expressions(trim_what.as_deref())?;
                self.expressions(trim_characters.iter().flatten())
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                self.expressions([expr.as_ref(), overlay_what, overlay_from])?;
                self.expressions(overlay_for.as_deref())
            }
            Expr::Tuple(parts) => self.expressions(parts),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                self.expressions(operand.as_deref())?;
                for when in conditions {
                    self.expressions([&when.condition, &when.result])?;
                }
                self.expressions(else_result.as_deref())
            }
            Expr::Function(function) => self.function(function),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.expression(root)?;
                access_chain
                    .iter()
                    .try_for_each(|access| self.element(access, expression))
            }
            other => Err(forbidden(Forbidden::Expression, None, other.span())),
        }
    }

    /// An element or a part of a list; fields of structs are refused.
    fn element(&mut self, access: &AccessExpr, expression: &Expr) -> Result<(), Refusal> {
        match access {
            AccessExpr::Subscript(Subscript::Index { index }) => self.expression(index),
            AccessExpr::Subscript(Subscript::Slice {
                lower_bound,
                upper_bound,
                stride,
            }) => self.expressions([lower_bound, upper_bound, stride].into_iter().flatten()),
            AccessExpr::Dot(_) => Err(forbidden(Forbidden::Expression, None, expression.span())),
        }
    }

    fn function(&mut self, function: &Function) -> Result<(), Refusal> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            filter,
            null_treatment: _,
            over,
            within_group,
        } = function;
        let at = name.span();
        let known = identifiers(name).and_then(|parts| match parts[..] {
            [only] => Some(normalised(only)),
            _ => None,
        });
        // The planner itself knows how to unnest.
        let listed = |known: &String| known == UNNEST || self.catalog.has_function(known);
        let Some(known) = known.filter(listed) else {
            return Err(Refusal::UnknownFunction {
                name: shortened(&name.to_string()),
                at: Position::of(at.start),
            });
        };
        let odd = *uses_odbc_syntax || !matches!(parameters, FunctionArguments::None);
        refuse_if(odd, Forbidden::Expression, &known, || at)?;
        match args {
            FunctionArguments::List(list) => {
                self.function_arguments(&known, list, at)?;
            }
            FunctionArguments::None | FunctionArguments::Subquery(_) => {
                return Err(forbidden(Forbidden::Expression, Some(&known), at));
            }
        }
        self.expressions(filter.as_deref())?;
        self.sort_keys(within_group)?;
        match over {
            Some(WindowType::WindowSpec(window)) => self.window(window),
            Some(WindowType::NamedWindow(_)) | None => Ok(()),
        }
    }

    fn function_arguments(
        &mut self,
        name: &str,
        list: &FunctionArgumentList,
        at: Span,
    ) -> Result<(), Refusal> {
        if PADDING_FUNCTIONS.contains(&name) {
            let length = list.args.get(1).and_then(whole_argument);
            let small = length.is_some_and(|length| length <= PADDING_MOST_CHARACTERS);
            refuse_if(!small, Forbidden::Argument, name, || at)?;
        }
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => {}
                FunctionArgumentClause::OrderBy(keys) => self.sort_keys(keys)?,
                _ => return Err(forbidden(Forbidden::Clause, Some(name), at)),
            }
        }
        self.arguments(&list.args)
    }

    /// Arguments of a function, by position or by name.
    pub(super) fn arguments(&mut self, args: &[FunctionArg]) -> Result<(), Refusal> {
        for argument in args {
            let (FunctionArg::Unnamed(argument) | FunctionArg::Named { arg: argument, .. }) =
                argument
            else {
                return Err(forbidden(Forbidden::Expression, None, argument.span()));
            };
            match argument {
                FunctionArgExpr::Expr(expression) => self.expression(expression)?,
                FunctionArgExpr::Wildcard => {}
                FunctionArgExpr::WildcardWithOptions(options) => plain_wildcard(options)?,
                FunctionArgExpr::QualifiedWildcard(_) => {
                    return Err(forbidden(Forbidden::Expression, None, argument.span()));
                }
            }
        }
        Ok(())
    }

    /// The window of a window function.
    pub(super) fn window(&mut self, window: &WindowSpec) -> Result<(), Refusal> {
        self.within(|walk| {
            walk.expressions(&window.partition_by)?;
            walk.sort_keys(&window.order_by)?;
            let Some(frame) = &window.window_frame else {
                return Ok(());
            };
            let bounds = [Some(&frame.start_bound), frame.end_bound.as_ref()];
            for bound in bounds.into_iter().flatten() {
                if let WindowFrameBound::Preceding(Some(rows))
                | WindowFrameBound::Following(Some(rows)) = bound
                {
                    walk.expression(rows)?;
                }
            }
            Ok(())
        })
    }

    fn type_name(&self, data_type: &DataType, expression: &Expr) -> Result<(), Refusal> {
        let listed = matches!(
            data_type,
            DataType::Char(_)
                | DataType::Varchar(_)
                | DataType::CharacterVarying(_)
                | DataType::Text
                | DataType::String(_)
                | DataType::Bytea
                | DataType::Binary(_)
                | DataType::Varbinary(_)
                | DataType::Boolean
                | DataType::Bool
                | DataType::TinyInt(_)
                | DataType::SmallInt(_)
                | DataType::Int2(_)
                | DataType::Int(_)
                | DataType::Int4(_)
                | DataType::Integer(_)
                | DataType::BigInt(_)
                | DataType::Int8(_)
                | DataType::TinyIntUnsigned(_)
                | DataType::SmallIntUnsigned(_)
                | DataType::IntUnsigned(_)
                | DataType::IntegerUnsigned(_)
                | DataType::BigIntUnsigned(_)
                | DataType::Float(_)
                | DataType::Float4
                | DataType::Float8
                | DataType::Real
                | DataType::Double(_)
                | DataType::DoublePrecision
                | DataType::Numeric(_)
                | DataType::Decimal(_)
                | DataType::Dec(_)
                | DataType::Date
                | DataType::Time(_, _)
                | DataType::Timestamp(_, _)
                | DataType::Interval { .. }
        );
        let name = data_type.to_string();
        refuse_if(!listed, Forbidden::Type, &name, || expression.span())
    }
}

/// A name of a column, and not of a variable of the engine.
fn plain_name(parts: &[Ident], expression: &Expr) -> Result<(), Refusal> {
    let variable = parts.iter().find(|part| part.value.starts_with('@'));
    match variable {
        Some(name) => {
            let name = Some(name.value.as_str());
            Err(forbidden(Forbidden::Expression, name, expression.span()))
        }
        None => Ok(()),
    }
}

/// Values that a text may hold.
fn literal(value: &Value, expression: &Expr) -> Result<(), Refusal> {
    match value {
        Value::Number(_, _)
        | Value::SingleQuotedString(_)
        | Value::HexStringLiteral(_)
        | Value::Boolean(_)
        | Value::Null => Ok(()),
        Value::Placeholder(name) => {
            let listed = name.strip_prefix('$').is_some_and(|name| {
                let mut characters = name.chars();
                characters.next().is_some_and(|c| c.is_ascii_alphanumeric())
                    && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            });
            refuse_if(!listed, Forbidden::Placeholder, name, || expression.span())
        }
        _ => Err(forbidden(Forbidden::Expression, None, expression.span())),
    }
}

/// Operators of two sides.
fn binary(operator: &BinaryOperator, expression: &Expr) -> Result<(), Refusal> {
    let listed = matches!(
        operator,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::StringConcat
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::BitwiseOr
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseXor
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight
            | BinaryOperator::PGRegexMatch
            | BinaryOperator::PGRegexIMatch
            | BinaryOperator::PGRegexNotMatch
            | BinaryOperator::PGRegexNotIMatch
            | BinaryOperator::PGLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGNotILikeMatch
    );
    let name = operator.to_string();
    refuse_if(!listed, Forbidden::Operator, &name, || expression.span())
}
