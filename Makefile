# Each target is one or two plain commands that can be typed without it.

.PHONY: demo test lint fmt bench doc audit servers faults fuzz

demo: ## Build the release binary and run the demonstration region on this machine
	cargo build --release --locked
	./target/release/passerelle demo

test: servers lint ## Run every test, those against real servers included
	cargo test --locked
	cargo test --locked --test servers

lint: ## Format, clippy and licences, with warnings denied
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny --locked check licenses bans sources

audit: ## Known vulnerabilities of the dependencies (fetches the RustSec database)
	cargo deny --locked check advisories

fmt: ## Format the code
	cargo fmt

bench: ## Measure, as ratios
	cargo bench --locked

doc: ## Build the documentation of the crate
	cargo doc --locked --no-deps

faults: ## 1,000 instances killed and 1,000 restarts of the database while 10,000 reports flow (hours)
	cargo build --release --locked
	FAULTS_BINARY=target/release/passerelle FAULTS_REPORTS=10000 FAULTS_DISTURBANCES=1000 cargo test --locked --test servers faults::processes -- --nocapture --test-threads 1

fuzz: ## Fuzz every target of fuzz/, five minutes each (needs cargo-fuzz and the nightly toolchain)
	for target in $$(cd fuzz && cargo +nightly fuzz list); do ./scripts/fuzz $$target 300 || exit 1; done

servers: ## Install PostgreSQL, Postfix, Dovecot, Chromium, Java and Node where they are missing
	./scripts/install-servers
