//! `safeground cite`: how to cite a release.

use anyhow::Context as _;
use clap::ValueEnum;
use safeground_schema::release::Manifest;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::which::ReleaseArgs;

/// Print the citation of a release.
///
/// It names the release, the day of its data, the version of the code and the
/// hash of its manifest, which in turn names policy, inputs, methods and the
/// hash of every file: whoever has the citation can tell whether figures come
/// from these very tables.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
    /// Who publishes the release.
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// Address at which it is served.
    #[arg(long, value_name = "URL")]
    url: Option<url::Url>,
    /// Form of the citation.
    #[arg(long, value_enum, default_value_t = Style::Text)]
    style: Style,
}

/// Form of a citation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// A sentence for a list of references.
    Text,
    /// BibTeX.
    Bibtex,
    /// CSL JSON, which Zotero and pandoc read.
    CslJson,
}

/// Prints it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let id = args.release.id()?;
    let manifest = args.release.open(&id)?.map(|data| data.manifest);
    let manifest = manifest.get();
    let path = args.release.folder(&id)?.join("manifest.json");
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let citation = Citation {
        manifest,
        manifest_sha256: format!("{:x}", Sha256::digest(&bytes)),
        publisher: args.publisher.as_deref(),
        url: args.url.as_ref().map(url::Url::as_str),
    };
    let text = match args.style {
        Style::Text => citation.text(),
        Style::Bibtex => citation.bibtex(),
        Style::CslJson => serde_json::to_string_pretty(&citation.csl())?,
    };
    println!("{text}");
    Ok(())
}

/// What a citation says.
struct Citation<'a> {
    manifest: &'a Manifest,
    manifest_sha256: String,
    publisher: Option<&'a str>,
    url: Option<&'a str>,
}

impl Citation<'_> {
    fn title(&self) -> String {
        let synthetic = if self.manifest.synthetic {
            ", synthetic data"
        } else {
            ""
        };
        format!(
            "Safeground {} release {}{synthetic}",
            self.manifest.audience, self.manifest.release_id
        )
    }

    /// Year, and if known month and day, of the data.
    fn date(&self) -> Vec<u32> {
        let day = self.manifest.data_as_of.as_deref().unwrap_or_default();
        day.split('-')
            .filter_map(|part| part.parse().ok())
            .collect()
    }

    fn note(&self) -> String {
        format!(
            "Data as of {}. Made with Safeground {}. SHA-256 of the manifest: {}",
            self.manifest
                .data_as_of
                .as_deref()
                .unwrap_or("an unknown day"),
            self.manifest.code_version,
            self.manifest_sha256
        )
    }

    fn text(&self) -> String {
        let publisher = self.publisher.map(|name| format!("{name}. "));
        let year = self.date().first().map(|year| format!("({year}). "));
        let url = self.url.map(|url| format!(". {url}"));
        format!(
            "{}{}{} [Data set]. {}{}",
            publisher.unwrap_or_default(),
            year.unwrap_or_default(),
            self.title(),
            self.note(),
            url.unwrap_or_default()
        )
    }

    fn bibtex(&self) -> String {
        let year = self.date().first().map(u32::to_string);
        let fields = [
            ("title", Some(self.title())),
            ("author", self.publisher.map(|name| format!("{{{name}}}"))),
            ("year", year),
            ("version", Some(self.manifest.release_id.clone())),
            ("url", self.url.map(str::to_owned)),
            ("note", Some(self.note())),
        ];
        let lines: Vec<String> = fields
            .into_iter()
            .filter_map(|(name, value)| Some(format!("  {name} = {{{}}}", value?)))
            .collect();
        format!(
            "@misc{{safeground-{},\n{}\n}}",
            self.manifest.release_id,
            lines.join(",\n")
        )
    }

    fn csl(&self) -> serde_json::Value {
        let mut entry = json!({
            "id": format!("safeground-{}", self.manifest.release_id),
            "type": "dataset",
            "title": self.title(),
            "version": self.manifest.release_id,
            "note": self.note(),
        });
        let date = self.date();
        if !date.is_empty() {
            entry["issued"] = json!({ "date-parts": [date] });
        }
        if let Some(name) = self.publisher {
            entry["author"] = json!([{ "literal": name }]);
            entry["publisher"] = json!(name);
        }
        if let Some(url) = self.url {
            entry["URL"] = json!(url);
        }
        json!([entry])
    }
}
