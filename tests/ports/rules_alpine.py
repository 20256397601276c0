# SPDX-License-Identifier: Apache-2.0
# Rules of Alpine's aports, and of OpenRC.
import re

from rules import finding, rule, want

# In the order in which aports have them.
FIELDS = ('pkgname pkgver pkgrel pkgdesc url arch license depends makedepends checkdepends install subpackages '
          'source').split()


@rule
def alpine_fields(p):
    text = p.read('alpine/APKBUILD')
    want('alpine/APKBUILD', text, '^# Maintainer: .', '^pkgname=caltrop$', r'^pkgrel=\d+$',
         r'^pkgdesc="[^.]{1,128}"$',
         '^url="https://', '^arch="', '^depends=', '^makedepends=', '^options=|^check\\(\\)',
         '^subpackages=".*-doc.*-openrc"')
    order = re.findall('^(%s)=' % '|'.join(FIELDS), text, re.M)
    if order != [name for name in FIELDS if name in order]:
        finding('alpine/APKBUILD', 'its fields are not in the usual order')
    for name in ('makedepends', 'depends'):
        words = re.search('^%s="(.*)"$' % name, text, re.M)
        if words and words.group(1).split() != sorted(set(words.group(1).split())):
            finding('alpine/APKBUILD', name + ' is not sorted')
    if re.search(r'options=".*!check', text):
        finding('alpine/APKBUILD', 'checks nothing')
    for name in ('prepare', 'build', 'check', 'package'):
        want('alpine/APKBUILD', text, r'^%s\(\) \{$' % name)


@rule
def alpine_files(p):
    text = p.read('alpine/APKBUILD')
    for name in re.findall(r'\$pkgname\.([\w-]+)', text):
        if not (p.root / 'alpine' / ('caltrop.' + name)).is_file():
            finding('alpine/APKBUILD', 'wants caltrop.%s, which is not there' % name)
    want('alpine/APKBUILD', text, r'^pkgusers="caltrop"$', r'^pkggroups="caltrop"$')
    want('alpine/caltrop.pre-install', p.read('alpine/caltrop.pre-install'), r'^addgroup -S caltrop ',
         r'^adduser -S .* -G caltrop ')


@rule
def alpine_openrc(p):
    name = 'alpine/caltrop.initd'
    text = p.read(name)
    want(name, text, r'\A#!/sbin/openrc-run$', '^supervisor=supervise-daemon$', '^command=/usr/sbin/caltropd$',
         r'^respawn_max=.*:-0\}"$',
         r'^depend\(\) \{$', r'^start_pre\(\) \{$', r'^extra_started_commands="reload"$', r'^\tbefore .*\bdropbear\b')
    for fork in re.findall(r'^command_background=.*|^pidfile=.*', text, re.M):
        finding(name, 'supervise-daemon keeps it in the foreground: ' + fork)
