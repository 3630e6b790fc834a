//! Formats of the workbook.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::language::{Grouping, Language};
use crate::table::Kind;

const GREY: Color = Color::RGB(0x00E8_E8E8);
const LINE: Color = Color::RGB(0x0080_8080);

/// The formats, made once.
pub(crate) struct Styles {
    pub(crate) title: Format,
    pub(crate) note: Format,
    pub(crate) heading: Format,
    pub(crate) key: Format,
    pub(crate) wrapped: Format,
    pub(crate) blank: Format,
    pub(crate) blank_date: Format,
    boxed: Format,
    grouping: Grouping,
}

impl Styles {
    pub(crate) fn new(language: &Language) -> Self {
        let font = |size: f64| {
            Format::new()
                .set_font_name(language.sheet_font())
                .set_font_size(size)
                .set_align(FormatAlign::Top)
        };
        let boxed = font(10.0)
            .set_border(FormatBorder::Thin)
            .set_border_color(LINE);
        Self {
            title: font(14.0).set_bold(),
            note: font(8.0).set_font_color(Color::RGB(0x0044_4444)),
            heading: boxed
                .clone()
                .set_bold()
                .set_text_wrap()
                .set_background_color(GREY),
            key: font(8.0).set_font_color(LINE),
            wrapped: boxed.clone().set_text_wrap(),
            blank: boxed.clone(),
            blank_date: boxed.clone().set_num_format("yyyy-mm-dd"),
            boxed,
            grouping: language.grouping(),
        }
    }

    /// The format of a value of a kind.
    pub(crate) fn of(&self, kind: Kind) -> Format {
        match kind {
            Kind::Text => self.wrapped.clone(),
            Kind::Month | Kind::Time => self.boxed.clone(),
            Kind::Date => self.blank_date.clone(),
            Kind::Whole => self.number(0),
            Kind::Number(decimals) => self.number(decimals),
        }
    }

    fn number(&self, decimals: usize) -> Format {
        let fraction = match decimals {
            0 => String::new(),
            _ => format!(".{}", "0".repeat(decimals)),
        };
        let code = match self.grouping {
            Grouping::None => format!("0{fraction}"),
            Grouping::Thousands => format!("#,##0{fraction}"),
            // Spreadsheets group by two only where a format says so.
            Grouping::Indian => format!(
                "[>=10000000]##\\,##\\,##\\,##0{fraction};[>=100000]##\\,##\\,##0{fraction};\
                 ##,##0{fraction}"
            ),
        };
        self.boxed.clone().set_num_format(code)
    }
}
