# SPDX-License-Identifier: Apache-2.0
# Rules of OpenWrt's packages feed and of LuCI. They are known from the feed and its checks, in words of our own.
import json
import re

from rules import LUCI, NET, REPO, finding, rule, want


def packages(text):
    return [n for n in re.findall(r'^define Package/([a-z-]+)$', text, re.M)]


@rule
def openwrt_makefile(p):
    text = p.read(NET + 'Makefile')
    want(NET + 'Makefile', text, r'^include \$\(TOPDIR\)/rules\.mk$', r'^PKG_NAME:=caltrop$',
         r'^PKG_RELEASE:=[1-9]\d*$',
         r'^PKG_MAINTAINER:=.', r'^include \$\(INCLUDE_DIR\)/package\.mk$', r'^PKG_CONFIG_DEPENDS:=',
         r'^PKG_BUILD_DIR:=.*\$\(BUILD_VARIANT\)')
    flags = re.search(r'^MAKE_FLAGS\+=.*?[^\\]$', text, re.M | re.S)
    want(NET + 'Makefile', flags.group(0) if flags else '', r'^\tprefix=/usr \\$', r'^\tO=build \\$')
    behind = text.split('include $(INCLUDE_DIR)/package.mk', 1)[-1]
    for late in re.findall(r'^(PKG_\w+)[ ]*[:+?]?=', behind, re.M):
        finding(NET + 'Makefile', late + ' is set behind package.mk, which has read it')
    if re.search(r'^PKG_(SOURCE_URL|HASH|MD5SUM)', text, re.M):
        finding(NET + 'Makefile', 'downloads something; the feed is a part of the sources')


@rule
def openwrt_packages(p):
    text = p.read(NET + 'Makefile')
    for name in packages(text):
        want(NET + 'Makefile', text, r'^\$\(eval \$\(call BuildPackage,%s\)\)$' % name,
             r'^(define Package/%s/install$|Package/%s/install=)' % (name, name),
             r'^(define Package/%s/conffiles$|Package/%s/conffiles=)' % (name, name),
             '^define Package/%s/description$' % name)
        body = re.search(r'^define Package/%s$(.*?)^endef$' % name, text, re.M | re.S).group(1)
        if not re.search(r'^  VARIANT:=\w+$', body, re.M):
            finding(NET + 'Makefile', name + ' has no VARIANT, and there are several packages')
    for call in re.findall(r'BuildPackage,([a-z-]+)', text):
        if call not in packages(text):
            finding(NET + 'Makefile', call + ' is built and not defined')
    default = re.search(r'^define Package/caltrop/Default$(.*?)^endef$', text, re.M | re.S)
    want(NET + 'Makefile', default.group(1) if default else '', '^  SECTION:=net$', '^  CATEGORY:=Network$',
         '^  TITLE:=.{1,60}$',
         '^  DEPENDS:=', r'^  USERID:=caltrop=(\d+):caltrop=\1$')


@rule
def openwrt_depends(p):
    options = set(re.findall(r'^config (\w+)$', p.read(NET + 'Config.in'), re.M))
    for option in re.findall(r'\+(CALTROP_\w+):', p.read(NET + 'Makefile')):
        if option not in options:
            finding(NET + 'Makefile', 'depends on ' + option + ', which Config.in does not have')


@rule
def openwrt_files(p):
    text = p.read(NET + 'Makefile')
    used = set(re.findall(r'\./files/([\w.-]+)', text)) - {'caltrop-rules.pack'}
    have = {path.name for path in p.files(NET + 'files')} - {'caltrop-rules.pack'}
    for name in used - have:
        finding(NET + 'Makefile', 'installs files/%s, which is not there' % name)
    for name in have - used:
        finding(NET + 'files/' + name, 'is not installed')


@rule
def openwrt_kept(p):
    kept = p.read(NET + 'files/caltrop.keep').split()
    state = re.search(r"option state_dir '(.*)'", p.read(NET + 'files/caltrop.config'))
    if not state or not any(state.group(1).startswith(k) for k in kept):
        finding(NET + 'files/caltrop.keep', 'a sysupgrade loses state_dir, and with it who this device is')
    conffiles = re.search(r'^define Package/caltrop/conffiles$(.*?)^endef$', p.read(NET + 'Makefile'), re.M | re.S)
    for name in ('/etc/config/caltrop', *kept):
        if not conffiles or name not in conffiles.group(1).split('\n'):
            finding(NET + 'Makefile', name + ' is not among the conffiles')


@rule
def openwrt_procd(p):
    name = NET + 'files/caltrop.init'
    text = p.read(name)
    want(name, text, r'^#!/bin/sh /etc/rc\.common$', '^USE_PROCD=1$', r'^\s*procd_set_param reload_signal HUP$',
         r'^\s*procd_set_param term_timeout \d+$', r'^\s*procd_set_param stdout 1$', r'^\s*procd_set_param stderr 1$',
         r'^\s*procd_add_reload_trigger caltrop$')
    start = re.search(r'^START=(\d+)$', text, re.M)
    if not start or not 12 < int(start.group(1)) < 19:
        finding(name, 'does not start between logd (12) and dropbear (19)')
    if text.count('procd_open_instance') != text.count('procd_set_param respawn 3600 5 0'):
        finding(name, 'an instance is not started again for ever (respawn 3600 5 0)')
    if text.count('procd_open_instance') != text.count('procd_close_instance'):
        finding(name, 'an instance is not closed')
    for jail in re.findall(r'procd_add_jail\w*|procd_set_param (?:seccomp|capabilities|no_new_privs)', text):
        finding(name, jail + ': the guard confines itself, and shows no processes in a jail')


def settings_keys():
    text = ''.join((REPO / f).read_text() for f in ('agent/common/settings.c',))
    return re.findall(r'\{("[a-z]+"|NULL), "([a-z0-9_]+)", settings_', text)


@rule
def openwrt_config(p):
    name = NET + 'files/caltrop.config'
    keys = {(s.strip('"'), k) for s, k in settings_keys()}
    kind = ''
    for line in p.read(name).split('\n'):
        word = re.match(r"#?(config|\t#?(?:option|list)) (\w+)(?: '(.*)')?$", line)
        if line.strip() and not word and not re.match(r'\s*#', line):
            finding(name, 'cannot be read: ' + line)
        elif word and 'config' in word.group(1):
            kind = word.group(2)
        elif word and kind != 'caltrop' and ('NULL' if kind == 'rule' else kind, word.group(2)) not in keys:
            finding(name, 'the guard has no key %s in [%s]' % (word.group(2), kind))


# LuCI.

@rule
def luci_json(p):
    docs = {}
    for path in p.files(LUCI + 'root/usr/share'):
        try:
            docs[path.parent.name] = json.loads(path.read_text())
        except ValueError as e:
            finding(p.name(path), str(e))
    acl = docs.get('acl.d', {})
    for page in docs.get('menu.d', {}).values():
        for name in page.get('depends', {}).get('acl', ['']):
            if name not in acl:
                finding(LUCI + 'root', 'the menu needs the right `%s`, which nobody gives' % name)
        path = page.get('action', {}).get('path', '')
        if not (p.root / LUCI / 'htdocs/luci-static/resources/view' / (path + '.js')).is_file():
            finding(LUCI + 'root', 'the menu leads to the view %s, which is not there' % path)


@rule
def luci_rights(p):
    name = LUCI + 'htdocs/luci-static/resources/view/caltrop/guard.js'
    text = p.read(name)
    rights = {}
    for path in p.files(LUCI + 'root/usr/share/rpcd'):
        for of in json.loads(path.read_text()).values():
            for access in of.values():
                rights.update(access.get('file', {}) if isinstance(access, dict) else {})
    names = dict(re.findall(r"^var (\w+) = '(.*)';$", text, re.M))
    words = {'addr': '*', **names}
    asked = {'%s local %s --json' % (names.get('GUARD'), w) for w in re.findall(r"ask\('(\w+)'\)", text)}
    for program, arguments in re.findall(r'fs\.exec\((\w+), \[ (.*?) \]\)', text):
        spoken = [w.strip() for w in arguments.split(',')]
        if 'what' not in spoken: # ask() itself
            asked.add(' '.join([names.get(program, program)] + [words.get(w, w.strip("'")) for w in spoken]))
    given = {right for right, how in rights.items() if 'exec' in how}
    for command in asked - given:
        finding(name, 'runs `%s`, which rpcd does not allow' % command)
    for command in given - asked:
        finding(LUCI + 'root', 'allows `%s`, which nobody runs' % command)
    for command in given:
        program = command.split(' ')[0]
        if '*' in command and not (p.root / LUCI / ('root' + program)).is_file():
            finding(LUCI + 'root', '`%s` can be run with any option; a script of ours is to look at them' % command)
    for target in re.findall(r"^var \w+ = '(/etc/.*)';$", text, re.M):
        if 'write' not in rights.get(target, []):
            finding(name, 'writes %s, which rpcd does not allow' % target)
