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
