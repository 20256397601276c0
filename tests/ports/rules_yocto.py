# SPDX-License-Identifier: Apache-2.0
# Rules of Yocto, as its style guide and yocto-check-layer have them.
import re

from rules import REPO, finding, rule, want

# A comment, a directive, or VARIABLE[flag] = "value".
LINE = (r'#|(inherit|require|include) \S|'
        r'[A-Za-z_][\w:${}.-]*(\[[\w-]+\])? (=|:=|\?=|\?\?=|\+=|=\+|\.=|=\.) "[^"]*"$')

NAMES = set('SUMMARY DESCRIPTION SECTION LICENSE LIC_FILES_CHKSUM DEPENDS EXTERNALSRC EXTERNALSRC_BUILD CVE_PRODUCT '
            'EXTRA_OEMAKE PACKAGECONFIG SYSTEMD_SERVICE SYSTEMD_AUTO_ENABLE INITSCRIPT_NAME INITSCRIPT_PARAMS '
            'USERADD_PACKAGES GROUPADD_PARAM USERADD_PARAM FILES CONFFILES RDEPENDS RRECOMMENDS FILESEXTRAPATHS '
            'SRC_URI'.split())


def recipes(p):
    return [path for path in p.files('yocto') if path.suffix in ('.bb', '.bbappend', '.inc')]


def whole(p, path):
    text = path.read_text()
    for name in re.findall(r'^require (\S+)$', text, re.M):
        if (path.parent / name).is_file():
            text += (path.parent / name).read_text()
    return text


@rule
def yocto_layer(p):
    name = 'yocto/conf/layer.conf'
    want(name, p.read(name), r'^BBPATH \.= ":\$\{LAYERDIR\}"$', r'^BBFILES \+= "',
         r'^BBFILE_COLLECTIONS \+= "caltrop"$',
         r'^BBFILE_PATTERN_caltrop = "\^\$\{LAYERDIR\}/"$', r'^BBFILE_PRIORITY_caltrop = "\d+"$',
         r'^LAYERDEPENDS_caltrop = ".*\bcore\b', r'^LAYERSERIES_COMPAT_caltrop = "\w+')


@rule
def yocto_fields(p):
    for path in recipes(p):
        if path.suffix == '.bb':
            text = whole(p, path)
            want(p.name(path), text, r'^SUMMARY = ".{1,72}"$', r'^DESCRIPTION = ".', r'^LICENSE = ".',
                 r'^LIC_FILES_CHKSUM = ".',
                 r'^SECTION = ".', r'^inherit .*\buseradd\b', r'^USERADD_PARAM:\$\{PN\} = "--system ',
                 r'^FILES:\$\{PN\} \+= ')


@rule
def yocto_syntax(p):
    for path in recipes(p) + [p.root / 'yocto/conf/layer.conf']:
        text = path.read_text()
        for n, line in enumerate(text.split('\n'), 1):
            if re.match(r'\w+_(append|prepend|remove)\b', line) or re.match(r'[A-Z_]+_\$\{PN\}', line):
                finding(p.name(path), 'line %d: an override is written with a colon' % n)
        text = re.sub(r'^(\w+(:\w+)?)\(\) \{\n.*?^\}$', '', text, flags=re.M | re.S)
        joined = text.replace('\\\n', ' ')
        for line in joined.split('\n'):
            if line and not re.match(LINE, line):
                finding(p.name(path), 'bitbake cannot read: ' + line[:80])


@rule
def yocto_names(p):
    for path in recipes(p):
        for name in re.findall(r'^([A-Z_]+)(?:[:\[][^ ]*)? [?:+.=]+ ', path.read_text(), re.M):
            if name not in NAMES and not name.startswith('CALTROP_'):
                finding(p.name(path), name + ' is no variable that bitbake or the recipe asks for')
        for name in re.findall(r'^(do_\w+)', path.read_text(), re.M):
            if name not in ('do_configure', 'do_compile', 'do_install', 'do_install_ptest'):
                finding(p.name(path), name + ' is no task')


@rule
def yocto_files(p):
    units = {path.stem for path in (REPO / 'ports/linux').glob('*.in')}
    for path in recipes(p):
        text = path.read_text()
        for name in re.findall(r'^require (\S+)$', text, re.M):
            if not (path.parent / name).is_file():
                finding(p.name(path), 'requires %s, which is not there' % name)
        for name in re.findall(r'file://([\w.-]+\.cfg)', text):
            if not (path.parent / 'files' / name).is_file():
                finding(p.name(path), 'takes files/%s, which is not there' % name)
        for name in re.findall(r'\$\{S\}/(?:ports/)([\w./-]+)', text):
            if not (p.root / name).exists():
                finding(p.name(path), 'installs ports/%s, which is not there' % name)
        for unit in re.findall(r'^SYSTEMD_SERVICE:\$\{PN\} = "(.*)"$', text, re.M):
            if unit not in units:
                finding(p.name(path), 'there is no unit ' + unit)
        for script in re.findall(r'^INITSCRIPT_NAME = "(.*)"$', text, re.M):
            if script + '.init' not in units:
                finding(p.name(path), 'there is no start script ' + script)


@rule
def yocto_kernel(p):
    name = 'yocto/recipes-kernel/linux/linux-yocto_%.bbappend'
    if not re.search(r"^SRC_URI:append = .*contains\('DISTRO_FEATURES', 'caltrop'", p.read(name), re.M):
        finding(name, 'changes the kernel of whoever adds the layer')
    for line in p.read('yocto/recipes-kernel/linux/files/caltrop.cfg').split('\n'):
        if line and not re.match(r'#|CONFIG_[A-Z0-9_]+=[ym]$', line):
            finding('yocto/recipes-kernel/linux/files/caltrop.cfg', 'is no answer: ' + line)
