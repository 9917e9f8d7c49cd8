# Two commands do everything: `make demo` and `make test`.

.PHONY: test

test:
	@cargo fmt --check
	@tests/run
