# make demo | make test | make check: each sets up all it needs on a fresh Debian 12 with Python 3.11.
PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
export MUJOCO_GL ?= egl
# One thread per process: the tests already use every core, and small matrices gain nothing.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: setup setup-demo check test test-extension test-runtime test-window endurance fuzz live-figures perform-sweep guide-pictures test-blender-4.2 test-blender-4.5 test-blender-5.2 demo demo-retarget demo-between extension poses \
  motions training-bundle train-walker clean

setup: $(VENV)/.ready

# Newest pip first: dependency groups are new to it.
define make_venv
	PYTHON=$(PYTHON) sh tools/system_libraries.sh
	test -x $(1)/bin/pip || $(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --group $(2)
	touch $@
endef

$(VENV)/.ready: pyproject.toml tools/system_libraries.sh
	$(call make_venv,$(VENV),dev)

# What a first look needs: Blender. The zip that the demo installs brings all else, as for everybody.
$(VENV)/.ready-for-demo: pyproject.toml tools/system_libraries.sh
	$(call make_venv,$(VENV),demo)

.venv-blender-%/.ready: pyproject.toml tools/system_libraries.sh
	$(call make_venv,.venv-blender-$*,blender-$(subst .,-,$*))

# An environment for everything is one for the demo too.
setup-demo: $(if $(wildcard $(VENV)/.ready),$(VENV)/.ready,$(VENV)/.ready-for-demo)

# Style, types, and who may import whom: one recogniser of skeletons, no circles.
check: setup
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/test_rooms.py

# A test of exported glTF files uses it; without Node that test says that it skips.
VALIDATOR := build/node_modules/gltf-validator/package.json
$(VALIDATOR):
	npm install --prefix build --no-save --silent gltf-validator@2.0.0-dev.3.10 \
	  || echo "no glTF validator: Node's npm is missing or offline"

# Blender lives once per process and ends it in its own way, so its tests run by themselves.
# The stories in a window mostly wait; what needs no Blender runs beside them.
test: setup $(VALIDATOR)
	$(PY) tools/blender_tests.py
	$(MAKE) -j 2 --output-sync=target test-extension test-runtime

test-extension:
	$(PY) -m pytest tests/extension tests/window

test-runtime:
	$(PY) -m pytest -n 2 --ignore=tests/addon --ignore=tests/extension --ignore=tests/window

# The stories in a real window alone; their pictures come to out/window.
test-window: setup
	MOTIVO_ALL_STORIES=1 $(PY) -m pytest tests/window

# Slow, by hand: 200 generations and 50 killed workers; an hour of damaged input. Both go on where
# they were stopped; make endurance GENERATIONS=0 does what is left of the kills alone.
endurance: setup
	$(PY) tools/long_checks/endurance.py $(if $(GENERATIONS),--generations $(GENERATIONS))

fuzz: setup
	$(PY) tools/long_checks/fuzz.py --seconds $(or $(SECONDS),3600)

# How a live body keeps up: frames of the engine, pieces of work on Blender's main thread, drops.
live-figures: setup
	$(PY) tools/long_checks/live_figures.py

# make perform-sweep MOCAP=DIR [CLIPS=60] [CLIP_SECONDS=8]   hours: clips chosen by hash, performed
# without help; goes on where it was stopped. The table comes to docs/performance.md.
perform-sweep: setup
	$(PY) tools/long_checks/performance_sweep.py "$(or $(MOCAP),../shared/mocap)" --clips $(or $(CLIPS),60) \
	  --seconds $(or $(CLIP_SECONDS),8)

# The pictures of the guide, from those of the window stories.
guide-pictures: test-window
	$(PY) tools/window/guide_pictures.py

# The newest needs Python 3.13: make test-blender-5.2 PYTHON=python3.13
test-blender-4.2 test-blender-4.5 test-blender-5.2: test-blender-%: .venv-blender-%/.ready
	.venv-blender-$*/bin/python tools/blender_tests.py

# make demo            keys a small sequence and performs it
# make demo MOTION=F   performs the motion of a BVH or AMASS file
demo: setup-demo
	$(PY) tools/demo.py $(if $(MOTION),--motion "$(MOTION)")

# A walk and a get-up on three characters, side by side, exported for three engines.
demo-retarget: setup
	$(PY) tools/demo_retarget.py

# The pose library, its pictures and its .blend, and pictures of the behaviours, with the oldest Blender, for all can read what it writes.
poses: .venv-blender-4.2/.ready
	.venv-blender-4.2/bin/python tools/building/build_poses.py
	.venv-blender-4.2/bin/python tools/building/build_pictures.py

# Keys apart, filled from the library and performed without help: docs/between.md and docs/between.png.
demo-between: setup
	$(PY) tools/demo_between.py

extension: setup
	$(PY) tools/building/build_extension.py

# make motions MOCAP=DIR             fits and mirrors motion capture into build/motions
# make training-bundle [WEIGHTS=DIR]  all that a machine with a GPU and no registry needs
motions: setup
	$(PY) -m runtime motions build "$(MOCAP)" --out build/motions

training-bundle: setup
	$(PY) tools/building/training_bundle.py --motions build/motions --out build/training-bundle \
	  $(if $(WEIGHTS),--weights "$(WEIGHTS)")

# Slow: FB on the walker, about 25 minutes on a CPU.
train-walker: setup
	$(PY) -m pytest -m slow tests/training

clean:
	rm -rf .venv .venv-blender-* out build dist
