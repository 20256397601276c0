# SPDX-License-Identifier: Apache-2.0
# What rules of lint.py are made of, and those over all ports. A rule is a function that calls finding().
import hashlib
import pathlib
import re
import subprocess
import tempfile

REPO = pathlib.Path(__file__).resolve().parents[2]
RULES = {}
found = []


def rule(f):
    RULES[f.__name__.replace('_', '-')] = f
    return f


class Ports:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    def read(self, name):
        path = self.root / name
        return path.read_text() if path.is_file() else ''

    def files(self, *ports):
        return sorted(p for d in ports or FEEDS for p in (self.root / d).rglob('*') if p.is_file())

    def name(self, path):
        return str(path.relative_to(self.root))


FEEDS = ('openwrt', 'buildroot', 'yocto', 'alpine')
NET = 'openwrt/net/caltrop/'
LUCI = 'openwrt/luci-app-caltrop/'
BR = 'buildroot/package/caltrop/'
OE = 'yocto/recipes-security/caltrop/'


def finding(name, text):
    found.append((name, text))


def want(name, text, *patterns):
    for pattern in patterns:
        if not re.search(pattern, text, re.M):
            finding(name, 'has no line like ' + pattern)


def version():
    return re.search(r'^VERSION +:= (.*)$', (REPO / 'Makefile').read_text(), re.M).group(1)


@rule
def same_version(p):
    v = re.escape(version())
    want(NET + 'Makefile', p.read(NET + 'Makefile'), '^PKG_VERSION:=%s$' % v)
    want(LUCI + 'Makefile', p.read(LUCI + 'Makefile'), '^PKG_VERSION:=%s$' % v)
    want(BR + 'caltrop.mk', p.read(BR + 'caltrop.mk'), '^CALTROP_VERSION = %s$' % v)
    want('alpine/APKBUILD', p.read('alpine/APKBUILD'), '^pkgver=%s$' % v)
    for recipe in ('caltrop', 'caltrop-server'):
        if not (p.root / OE / ('%s_%s.bb' % (recipe, version()))).is_file():
            finding(OE, 'has no %s_%s.bb' % (recipe, version()))


@rule
def same_licence(p):
    text = (REPO / 'LICENSE').read_bytes()
    want(BR + 'caltrop.hash', p.read(BR + 'caltrop.hash'), '^sha256  %s  LICENSE$' % hashlib.sha256(text).hexdigest())
    want(OE + 'caltrop.inc', p.read(OE + 'caltrop.inc'),
         '^LIC_FILES_CHKSUM = "file://LICENSE;md5=%s"$' % hashlib.md5(text).hexdigest(), '^LICENSE = "Apache-2.0"$')
    want(NET + 'Makefile', p.read(NET + 'Makefile'), '^PKG_LICENSE:=Apache-2.0$', '^PKG_LICENSE_FILES:=LICENSE$')
    want(BR + 'caltrop.mk', p.read(BR + 'caltrop.mk'), '^CALTROP_LICENSE = Apache-2.0$',
         '^CALTROP_LICENSE_FILES = LICENSE$')
    want('alpine/APKBUILD', p.read('alpine/APKBUILD'), '^license="Apache-2.0"$')


@rule
def plain_text(p):
    for path in p.files():
        for n, line in enumerate(path.read_text().split('\n'), 1):
            if re.search(r'[ \t\r]$', line):
                finding(p.name(path), 'blanks at the end of line %d' % n)
            if len(line) > 160 and path.suffix != '.md':
                finding(p.name(path), 'line %d is longer than 160 characters' % n)
        if not path.read_text().endswith('\n'):
            finding(p.name(path), 'does not end with a newline')


@rule
def same_options(p):
    with tempfile.TemporaryDirectory() as tmp:
        made = subprocess.run([str(REPO / 'ports/host/feeds.sh'), tmp], capture_output=True, text=True)
        if made.returncode:
            finding('openwrt, buildroot, yocto', made.stderr.strip())
        for path in sorted(pathlib.Path(tmp).rglob('*')):
            name = str(path.relative_to(tmp))
            if path.is_file() and p.read(name) != path.read_text():
                finding(name, 'is not what Kconfig says now: run `make feeds`')


@rule
def shell_scripts(p):
    for path in p.files():
        first = path.read_text().split('\n')[0]
        script = re.match(r'#!(/bin/sh|/sbin/openrc-run)', first)
        if not script and path.name != 'APKBUILD':
            continue
        if script and not path.stat().st_mode & 0o111:
            finding(p.name(path), 'is not executable')
        for shell in (['dash'], ['busybox', 'ash']):
            parsed = subprocess.run(shell + ['-n', str(path)], capture_output=True, text=True)
            if parsed.returncode:
                finding(p.name(path), parsed.stderr.strip())
        if re.search(r'\[\[|\bfunction \w+|<<<|\$\{\w+//|\becho -[en]\b|^\s*source ', path.read_text(), re.M):
            finding(p.name(path), 'is not what every sh understands')
