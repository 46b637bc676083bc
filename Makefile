.PHONY: app check test bench

app:
	python app.py

check:
	ruff check
	ruff format --check
	pyright
	lint-imports
	python .ci/audit

test:
	python -m pytest

bench:
	python -m benchmarks.start
	python -m benchmarks.slider_latency
	python -m benchmarks.slider_browser
	python -m benchmarks.batching
	python -m benchmarks.load
	python -m benchmarks.soak
	python -m benchmarks.training_throughput
	python -m benchmarks.processes
	python -m benchmarks.quality_per_minute
	python -m gan_studio evaluate dcgan-mnist gan-mnist
