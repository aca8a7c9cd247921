//! What every page shares: its language, its navigation, the link to the other language.

use axum::{
    extract::Request,
    http::{HeaderMap, Uri, header},
};

use crate::finding::Language;

/// The frame of a page; `templates/layout.html` shows it.
pub struct Layout {
    /// Language of the page.
    pub language: Language,
    /// Entry of the navigation that the page belongs to: `offres` or `pilotage`.
    pub section: &'static str,
    /// The same page in the other language.
    pub other_language_href: String,
    /// True when the address names the language: the links of the page then keep it.
    pub is_language_asked: bool,
}

impl Layout {
    /// The frame of the page that `request` asks for.
    pub fn of_request(request: &Request, section: &'static str) -> Self {
        Self::new(request.uri(), request.headers(), section)
    }

    /// The frame of the page at `uri`: `?lang=` decides of the language, then `Accept-Language`.
    pub fn new(uri: &Uri, headers: &HeaderMap, section: &'static str) -> Self {
        let query = uri.query().unwrap_or_default();
        let pairs = || query.split('&').filter(|pair| !pair.is_empty());
        let asked = pairs().find_map(|pair| pair.strip_prefix("lang="));
        let language = match asked {
            Some("en") => Language::English,
            Some("fr") => Language::French,
            _ => headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map_or(Language::French, Language::from_accept_language),
        };
        let is_language_asked = matches!(asked, Some("en" | "fr"));
        let other = match language {
            Language::French => "lang=en",
            Language::English => "lang=fr",
        };
        let mut kept: Vec<&str> = pairs().filter(|pair| !pair.starts_with("lang=")).collect();
        kept.push(other);
        Self {
            language,
            section,
            other_language_href: format!("{}?{}", uri.path(), kept.join("&")),
            is_language_asked,
        }
    }

    /// Tag of the language when the address names it.
    pub fn asked_language(&self) -> Option<&'static str> {
        self.is_language_asked.then(|| self.lang())
    }

    /// `?lang=fr` when the address names the language, else nothing: what links end with.
    pub fn language_pair(&self) -> &'static str {
        match (self.is_language_asked, self.language) {
            (false, _) => "",
            (true, Language::French) => "?lang=fr",
            (true, Language::English) => "?lang=en",
        }
    }

    /// Tag of the language, for `lang=`.
    pub fn lang(&self) -> &'static str {
        match self.language {
            Language::French => "fr",
            Language::English => "en",
        }
    }

    /// The text in the language of the page.
    pub fn say<'a>(&self, fr: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::French => fr,
            Language::English => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(uri: &'static str) -> Layout {
        Layout::new(&Uri::from_static(uri), &HeaderMap::new(), "offres")
    }

    #[test]
    fn the_address_decides_of_the_language_and_links_to_the_other_one() {
        assert_eq!(layout("/offres?q=yoga").lang(), "fr");
        assert_eq!(
            layout("/offres?q=yoga").other_language_href,
            "/offres?q=yoga&lang=en"
        );
        assert_eq!(layout("/offres?lang=en&q=yoga").lang(), "en");
        assert_eq!(
            layout("/offres?lang=en&q=yoga").other_language_href,
            "/offres?q=yoga&lang=fr"
        );
    }
}
