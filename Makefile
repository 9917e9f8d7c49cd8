# Two commands do all the set-up: `make demo` and `make test`.

.PHONY: demo test bench faults fuzz pictures screenshots

# The whole product in one process: server, sample office, and the kiosk's window where there is a display.
demo:
	@.ci/install-missing gcc libc6-dev
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then .ci/install-missing libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0; fi
	cargo run --release -- demo

# Style, then every test once.
test:
	@tests/run

# What is promised to be fast, each beside its floor.
bench:
	cargo bench --bench tap --bench ingest --bench skm

# What a thanked rating survives: power cuts, kills, damage, a full disk, a network that lies. As root,
# since it mounts disks; `make test` runs a quick part of each.
faults:
	@tests/faults/run

# Strangers' bytes, by libFuzzer.
fuzz:
	@tests/fuzz/run

# Every screen and page as it usually is, small, into docs/images; the tests hold the screens to them.
pictures:
	@docs/take-pictures

# Every screen in every state, language, size and look, full size, into target/screenshots: to look at.
screenshots:
	SUARA_CASE=none SUARA_SNAPSHOTS=$(CURDIR)/target/screenshots cargo test --features ui-test --test ui
