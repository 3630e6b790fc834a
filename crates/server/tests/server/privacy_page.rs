//! The page that says what each audience can and cannot learn.

use crate::fixture::{Folder, Recipe};

#[tokio::test]
async fn the_page_is_there_before_any_release_and_says_what_the_text_says() {
    let client = Folder::empty().client().await;
    let answer = client.get("/privacy").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let page = answer.text();
    let source = include_str!("../../../privacy/STEWARDS.md");
    for heading in source.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("<html lang=\"en\">"));
    // The policy for content allows nothing that is written within the page.
    for inline in ["<script", "<style", "style=", "http://", "https://"] {
        assert!(!page.contains(inline), "{inline}");
    }
    let links = client.get("/?f=json").await.json();
    let links = links["links"].as_array().unwrap();
    let help = links.iter().find(|link| link["rel"] == "help").unwrap();
    assert!(help["href"].as_str().unwrap().ends_with("/privacy"));
}

#[tokio::test]
async fn the_page_speaks_the_language_of_its_reader() {
    let client = Folder::with(&Recipe::default()).client().await;
    let hindi = client
        .get_with(
            "/privacy",
            &[("accept-language", "hi-IN,hi;q=0.9,en;q=0.5")],
        )
        .await;
    assert!(hindi.text().contains("<html lang=\"hi\">"));
    assert_eq!(hindi.text(), client.get("/privacy?lang=hi").await.text());
    assert!(hindi.header("vary").contains("Accept-Language"));
    let english = client
        .get_with("/privacy?lang=en", &[("accept-language", "hi")])
        .await;
    assert!(english.text().contains("<html lang=\"en\">"));
    assert_ne!(english.header("etag"), hindi.header("etag"));
    let again = [("if-none-match", english.header("etag"))];
    let again = client.get_with("/privacy?lang=en", &again).await;
    assert_eq!(again.status, 304);
    assert!(client.get("/privacy?lang=fr").await.is_problem(400));
}

#[tokio::test]
async fn the_page_begins_with_releases_that_are_looser_than_the_floor() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let plain = client.get("/privacy").await;
    assert!(!plain.text().contains("is looser than"));
    folder.publish(&Recipe {
        audience: "planning",
        looser: true,
        ..Recipe::default()
    });
    let client = folder.client().await;
    let marked = client.get("/privacy").await;
    let text = marked.text();
    let mark =
        "<main>\n<section><h2>The release for planning is looser than the rules on this page";
    assert!(text.contains(mark), "{text}");
    assert!(text.contains("<code>planning.k</code> is &lt;5&gt;; the floor is 7"));
    assert!(text.contains("Approved by Anita and Ravi."));
    assert_ne!(plain.header("etag"), marked.header("etag"));
    let hindi = client.get("/privacy?lang=hi").await.text();
    assert!(hindi.contains("योजना के लिए प्रकाशन इस पृष्ठ के नियमों से ढीला है"));
    // The public release is not looser, and does not say so.
    let catalog = client.get("/v1/catalog").await.json();
    assert!(catalog["looser_than_floor"].is_null());
}
