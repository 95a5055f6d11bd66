#!/bin/sh
# `make dist`: wheel, sdist and a bill of materials (CycloneDX) in dist/, checked as PyPI checks them.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
rm -rf dist

# The wheel is built from the sdist, so a file that the sdist lacks fails here.
"$python" -m build --no-isolation --outdir "$work/dist" .
"$python" -m twine check --strict "$work/dist/"*

# The bill names what an installed wheel brings, nothing of .venv.
"$python" -m venv --without-pip "$work/installed"
wheel=$(ls "$work/dist/"*.whl)
"$python" scripts/requirements.py image >"$work/image.txt"
for wanted in "--require-hashes -r $work/image.txt" "$wheel"; do
    # shellcheck disable=SC2086 # words of pip
    "$python" -m pip --python "$work/installed/bin/python" install -q --no-deps $wanted
done
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' shared/__init__.py)
sed "s/^dynamic = .*/version = \"$version\"/" pyproject.toml >"$work/pyproject.toml"
"$python" -m cyclonedx_py environment --output-reproducible --pyproject "$work/pyproject.toml" --mc-type application \
    --of JSON -o "$work/dist/avito-live.cdx.json" "$work/installed/bin/python"

mv "$work/dist" dist
ls -l dist
