//! A real Chromium that a test drives: it opens pages, fills forms, clicks, takes screenshots.
//!
//! **Source:** Chrome DevTools Protocol, over `--remote-debugging-pipe`: JSON messages, each ended by a zero byte,
//! which the browser reads on descriptor 3 and writes on descriptor 4.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page, ended when it is dropped.
pub struct Chromium {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    session: String,
    last: u64,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts a browser, its page empty.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The shell hands its own input and output to the browser as descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null",
                "sh",
                "chromium",
            ])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--accept-lang=fr",
                "--window-size=1280,1600",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Chromium is not installed: run `make test`, which installs it");
        let requests = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut browser = Self {
            child,
            requests,
            answers,
            session: String::new(),
            last: 0,
            _profile: profile,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.ask(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        browser.session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        browser
    }

    /// Asks the browser for something, and waits for its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.try_ask(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The same, with the error where there is one.
    fn try_ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.requests.write_all(&bytes).expect("the browser reads");
        loop {
            let mut answer = Vec::new();
            self.answers
                .read_until(0, &mut answer)
                .expect("the browser answers");
            assert_eq!(answer.pop(), Some(0), "the browser ended at {method}");
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            if answer["id"] == self.last {
                return answer;
            }
        }
    }

    /// What a script of the test's own gives, on the page.
    pub fn run(&mut self, script: &str) -> Value {
        let params = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Opens a page and waits until it is there.
    pub fn open(&mut self, url: &str) {
        self.run("window.isLeft = true");
        self.ask("Page.navigate", json!({"url": url}));
        self.wait_for_another_page();
    }

    fn wait_for_another_page(&mut self) {
        self.wait("window.isLeft !== true && document.readyState === 'complete'");
    }

    /// Waits until a script of the test's own is true.
    pub fn wait(&mut self, condition: &str) {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            // Between two pages there is nothing that could answer.
            let params = json!({"expression": condition, "returnByValue": true});
            if self.try_ask("Runtime.evaluate", params)["result"]["result"]["value"] == true {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!(
            "{condition} was not so within {PATIENCE:?}: {}",
            self.text()
        );
    }

    /// The words that a person reads on the page.
    pub fn text(&mut self) -> String {
        let text = self.run("document.body.innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Writes into the field of that id.
    pub fn fill(&mut self, id: &str, value: &str) {
        self.run(&format!(
            "(() => {{ const field = document.getElementById({}); field.focus(); field.value = {}; }})()",
            json!(id),
            json!(value)
        ));
    }

    /// Ticks, or chooses, what a selector of CSS names.
    pub fn click(&mut self, selector: &str) {
        self.run(&format!(
            "document.querySelector({}).click()",
            json!(selector)
        ));
    }

    /// Presses the button of those words and waits for the page that comes.
    pub fn press(&mut self, words: &str) {
        self.run("window.isLeft = true");
        let found = self.run(&format!(
            "(() => {{ const buttons = [...document.querySelectorAll('button')]; \
             const button = buttons.find(one => one.innerText.trim().startsWith({})); \
             if (!button) return false; setTimeout(() => button.click()); return true; }})()",
            json!(words)
        ));
        assert_eq!(found, true, "no button « {words} » on: {}", self.text());
        self.wait_for_another_page();
    }

    /// Does what leads to another page, and waits for it.
    pub fn leave_by(&mut self, script: &str) {
        self.run("window.isLeft = true");
        self.run(&format!("setTimeout(() => {{ {script} }}); 0"));
        self.wait_for_another_page();
    }

    /// Gives the page that size, as a screen or as a telephone.
    pub fn resize(&mut self, width: u32, height: u32, is_phone: bool) {
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}),
        );
    }

    /// Chooses a file for the field of that id.
    pub fn choose_file(&mut self, id: &str, path: &Path) {
        let document = self.ask("DOM.getDocument", json!({}));
        let node = self.ask(
            "DOM.querySelector",
            json!({"nodeId": document["root"]["nodeId"], "selector": format!("#{id}")}),
        );
        self.ask(
            "DOM.setFileInputFiles",
            json!({"nodeId": node["nodeId"], "files": [path.display().to_string()]}),
        );
    }

    /// Keeps a picture of the page, to be looked at.
    pub fn photograph(&mut self, name: &str) {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.ask("Page.captureScreenshot", params);
        let bytes = BASE64_STANDARD
            .decode(picture["data"].as_str().expect("a picture"))
            .expect("base64");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("written");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It may have ended by itself: there is nothing more to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
