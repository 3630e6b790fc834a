//! The second and third wall: one statement, made of what is listed.

use datafusion::sql::sqlparser::ast::{
    Cte, DescribeAlias, Distinct, Expr, GroupByExpr, LimitClause, NamedWindowExpr, OrderBy,
    OrderByExpr, OrderByKind, Query, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, SetQuantifier, Spanned as _, Statement,
    WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::limits::at_most;
use super::walk::{Walk, forbidden, refuse_if};
use super::{Catalog, GateLimits};
use crate::refusal::{Forbidden, Limit, Position, Refusal};

/// Parses the tokens of exactly one statement. A semicolon at its end is
/// allowed.
///
/// The parser recurses as deep as the tokens nest, at most
/// [`GateLimits::depth`] levels.
///
/// # Errors
/// [`Refusal::Statements`], [`Refusal::Syntax`], [`Refusal::Limit`].
pub fn parse(tokens: Vec<TokenWithSpan>, limits: &GateLimits) -> Result<Statement, Refusal> {
    let statements = tokens.split(|token| token.token == Token::SemiColon);
    let full = |tokens: &&[TokenWithSpan]| {
        let blank = |t: &TokenWithSpan| matches!(t.token, Token::Whitespace(_) | Token::EOF);
        !tokens.iter().all(blank)
    };
    let got = statements.filter(full).count() as u64;
    if got != 1 {
        return Err(Refusal::Statements { got });
    }
    let depth = usize::try_from(limits.depth).unwrap_or(usize::MAX);
    let parsed = Parser::new(&GenericDialect {})
        .with_recursion_limit(depth)
        .with_tokens_with_locations(tokens)
        .parse_statements();
    match parsed {
        Ok(mut statements) if statements.len() == 1 => Ok(statements.remove(0)),
        Ok(statements) => Err(Refusal::Statements {
            got: statements.len() as u64,
        }),
        Err(ParserError::RecursionLimitExceeded) => Err(Refusal::Limit {
            limit: Limit::Depth,
            most: limits.depth,
        }),
        Err(ParserError::TokenizerError(text) | ParserError::ParserError(text)) => {
            Err(Refusal::Syntax {
                at: position_in(&text),
            })
        }
    }
}

/// Position at the end of a message of the parser: ` at Line: 1, Column: 8`.
fn position_in(text: &str) -> Option<Position> {
    let (_, end) = text.rsplit_once(" at Line: ")?;
    let (line, column) = end.split_once(", Column: ")?;
    Some(Position {
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// Checks a statement against the allow-list: a query, or EXPLAIN of one.
///
/// Time is in proportion to the parts of the statement. The check recurses,
/// at most [`GateLimits::depth`] levels.
///
/// # Errors
/// What is refused and where, or the limit met.
pub fn check_statement(
    statement: &Statement,
    catalog: &Catalog,
    limits: &GateLimits,
) -> Result<(), Refusal> {
    let mut walk = Walk::new(catalog, limits);
    match statement {
        Statement::Query(query) => walk.query(query),
        Statement::Explain {
            describe_alias: DescribeAlias::Explain,
            analyze: false,
            verbose: false,
            query_plan: false,
            estimate: false,
            statement,
            format: None,
            options: None,
        } => match statement.as_ref() {
            Statement::Query(query) => walk.query(query),
            other => Err(forbidden(Forbidden::Statement, None, other.span())),
        },
        Statement::Explain { .. } => Err(forbidden(
            Forbidden::Statement,
            Some("EXPLAIN with options"),
            Span::empty(),
        )),
        other => Err(forbidden(Forbidden::Statement, None, other.span())),
    }
}

impl Walk<'_> {
    /// A query with all its clauses.
    pub(super) fn query(&mut self, query: &Query) -> Result<(), Refusal> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        let clause = |holds, name| refuse_if(holds, Forbidden::Clause, name, Span::empty());
        clause(!locks.is_empty(), "FOR UPDATE")?;
        clause(for_clause.is_some(), "FOR")?;
        clause(settings.is_some(), "SETTINGS")?;
        clause(format_clause.is_some(), "FORMAT")?;
        clause(!pipe_operators.is_empty(), "|>")?;
        let scope = self.scope();
        self.within(|walk| {
            if let Some(with) = with {
                let at = with.with_token.0.span;
                refuse_if(with.recursive, Forbidden::Recursion, "WITH RECURSIVE", at)?;
                for cte in &with.cte_tables {
                    walk.common_table(cte)?;
                }
            }
            walk.set_expression(body)?;
            if let Some(order_by) = order_by {
                walk.order_by(order_by)?;
            }
            if let Some(limit) = limit_clause {
                walk.limit(limit)?;
            }
            if let Some(fetch) = fetch {
                clause(
                    fetch.with_ties || fetch.percent,
                    "FETCH with TIES or PERCENT",
                )?;
                walk.expressions(fetch.quantity.as_ref())?;
            }
            Ok(())
        })?;
        self.leave_scope(scope);
        Ok(())
    }

    fn common_table(&mut self, cte: &Cte) -> Result<(), Refusal> {
        let Cte {
            alias,
            query,
            from,
            materialized,
            closing_paren_token: _,
        } = cte;
        let at = alias.name.span;
        let odd = from.is_some() || materialized.is_some();
        refuse_if(odd, Forbidden::Clause, "FROM or MATERIALIZED in WITH", at)?;
        self.table_alias(Some(alias))?;
        self.define(&alias.name, |walk| walk.query(query))
    }

    fn set_expression(&mut self, body: &SetExpr) -> Result<(), Refusal> {
        self.within(|walk| match body {
            SetExpr::Select(select) => walk.select(select),
            SetExpr::Query(query) => walk.query(query),
            SetExpr::SetOperation {
                left,
                op: _,
                set_quantifier,
                right,
            } => {
                let by_name = !matches!(
                    set_quantifier,
                    SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None
                );
                refuse_if(by_name, Forbidden::Clause, "BY NAME", Span::empty())?;
                walk.set_operation()?;
                walk.set_expression(left)?;
                walk.set_expression(right)
            }
            SetExpr::Values(values) => {
                let rows = values.rows.iter().flat_map(|row| &row.content);
                walk.expressions(rows)
            }
            other => Err(forbidden(Forbidden::Statement, None, other.span())),
        })
    }

    fn select(&mut self, select: &Select) -> Result<(), Refusal> {
        let Select {
            select_token,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        let at = select_token.0.span;
        let clause = |holds, name| refuse_if(holds, Forbidden::Clause, name, at);
        clause(!optimizer_hints.is_empty(), "a hint")?;
        clause(select_modifiers.is_some(), "a modifier of SELECT")?;
        clause(top.is_some(), "TOP")?;
        clause(exclude.is_some(), "EXCLUDE")?;
        clause(into.is_some(), "INTO")?;
        clause(!lateral_views.is_empty(), "LATERAL VIEW")?;
        clause(prewhere.is_some(), "PREWHERE")?;
        clause(!connect_by.is_empty(), "CONNECT BY")?;
        clause(!cluster_by.is_empty(), "CLUSTER BY")?;
        clause(!distribute_by.is_empty(), "DISTRIBUTE BY")?;
        clause(!sort_by.is_empty(), "SORT BY")?;
        clause(value_table_mode.is_some(), "AS STRUCT or AS VALUE")?;
        clause(*flavor != SelectFlavor::Standard, "FROM before SELECT")?;
        if let Some(Distinct::On(expressions)) = distinct {
            self.expressions(expressions)?;
        }
        for item in projection {
            self.within(|walk| walk.item(item))?;
        }
        for table in from {
            self.joined(table)?;
        }
        self.expressions(selection.iter().chain(having).chain(qualify))?;
        self.group_by(group_by, at)?;
        for window in named_window {
            match &window.1 {
                NamedWindowExpr::NamedWindow(_) => {}
                NamedWindowExpr::WindowSpec(window) => self.window(window)?,
            }
        }
        Ok(())
    }

    fn item(&mut self, item: &SelectItem) -> Result<(), Refusal> {
        match item {
            SelectItem::UnnamedExpr(expression)
            | SelectItem::ExprWithAlias {
                expr: expression, ..
            } => self.expression(expression),
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(_),
                options,
            )
            | SelectItem::Wildcard(options) => plain_wildcard(options),
            other => Err(forbidden(Forbidden::Expression, None, other.span())),
        }
    }

    fn group_by(&mut self, group_by: &GroupByExpr, at: Span) -> Result<(), Refusal> {
        let (expressions, modifiers) = match group_by {
            GroupByExpr::All(modifiers) => (&[][..], modifiers),
            GroupByExpr::Expressions(expressions, modifiers) => (&expressions[..], modifiers),
        };
        let odd = !modifiers.is_empty();
        refuse_if(odd, Forbidden::Clause, "WITH ROLLUP, CUBE or TOTALS", at)?;
        let sets = expressions.iter().map(grouping_sets);
        let sets = sets.fold(1, u64::saturating_mul);
        at_most(sets, self.limits.grouping_sets, Limit::GroupingSets)?;
        for expression in expressions {
            match expression {
                Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                    self.expressions(sets.iter().flatten())?;
                }
                other => self.expression(other)?,
            }
        }
        Ok(())
    }

    fn order_by(&mut self, order_by: &OrderBy) -> Result<(), Refusal> {
        let odd = order_by.interpolate.is_some();
        refuse_if(odd, Forbidden::Clause, "INTERPOLATE", order_by.span())?;
        match &order_by.kind {
            OrderByKind::Expressions(expressions) => self.sort_keys(expressions),
            OrderByKind::All(_) => {
                let name = Some("ORDER BY ALL");
                Err(forbidden(Forbidden::Clause, name, order_by.span()))
            }
        }
    }

    pub(super) fn sort_keys(&mut self, keys: &[OrderByExpr]) -> Result<(), Refusal> {
        for key in keys {
            let odd = key.with_fill.is_some();
            refuse_if(odd, Forbidden::Clause, "WITH FILL", key.span())?;
            self.expression(&key.expr)?;
        }
        Ok(())
    }

    fn limit(&mut self, limit: &LimitClause) -> Result<(), Refusal> {
        match limit {
            LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            } if limit_by.is_empty() => {
                let offset = offset.iter().map(|offset| &offset.value);
                self.expressions(limit.iter().chain(offset))
            }
            other => Err(forbidden(Forbidden::Clause, Some("LIMIT"), other.span())),
        }
    }
}

/// How many sets a part of GROUP BY stands for.
fn grouping_sets(expression: &Expr) -> u64 {
    match expression {
        Expr::Cube(sets) => 1_u64.checked_shl(sets.len() as u32).unwrap_or(u64::MAX),
        Expr::Rollup(sets) => sets.len() as u64 + 1,
        Expr::GroupingSets(sets) => sets.len() as u64,
        _ => 1,
    }
}

/// A wildcard may leave columns out, and do nothing else.
pub(super) fn plain_wildcard(options: &WildcardAdditionalOptions) -> Result<(), Refusal> {
    let WildcardAdditionalOptions {
        wildcard_token,
        opt_ilike,
        opt_exclude: _,
        opt_except: _,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let odd =
        opt_ilike.is_some() || opt_replace.is_some() || opt_rename.is_some() || opt_alias.is_some();
    let name = "* with ILIKE, REPLACE, RENAME or AS";
    refuse_if(odd, Forbidden::Clause, name, wildcard_token.0.span)
}
