# SPDX-License-Identifier: Apache-2.0
# Rules of Buildroot, as its check-package and its manual have them.
import re

from rules import BR, finding, rule, want

# What Buildroot asks for, of what a package may say.
NAMES = set('VERSION SITE SITE_METHOD OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS LICENSE LICENSE_FILES CPE_ID_VENDOR '
            'DEPENDENCIES KCONFIG_DOTCONFIG KCONFIG_OPTS KCONFIG_DEFCONFIG KCONFIG_FIXUP_CMDS BUILD_CMDS '
            'INSTALL_TARGET_CMDS INSTALL_INIT_SYSTEMD INSTALL_INIT_SYSV USERS PERMISSIONS'.split())


def kconfig_entries(text):
    entries, name = {}, None
    for line in text.replace('\\\n', ' ').split('\n'):
        word = re.match(r'(config|menu|comment|if|endif|endmenu|source)\b ?(.*)', line)
        if word:
            name = word.group(2) if word.group(1) == 'config' else None
            entries.setdefault(name, [])
        elif name and line.startswith('\t') and not line.startswith('\t '):
            entries[name].append(line.strip())
    return entries


@rule
def buildroot_tree(p):
    want('buildroot/external.desc', p.read('buildroot/external.desc'), '^name: CALTROP$', '^desc: .')
    want('buildroot/external.mk', p.read('buildroot/external.mk'),
         r'^include \$\(sort \$\(wildcard \$\(BR2_EXTERNAL_CALTROP_PATH\)/package/\*/\*\.mk\)\)$')
    for name in ('buildroot/Config.in', BR + 'Config.in'):
        for source in re.findall(r'^source "\$BR2_EXTERNAL_CALTROP_PATH/(.*)"$', p.read(name), re.M):
            if not (p.root / 'buildroot' / source).is_file():
                finding(name, 'takes %s in, which is not there' % source)
        want(name, p.read(name), '^source ')
    want(BR + 'caltrop.mk', p.read(BR + 'caltrop.mk'), r'\A#{80}\n#\n# caltrop\n#\n#{80}\n\n',
         r'^\$\(eval \$\(kconfig-package\)\)$')


@rule
def buildroot_config(p):
    for name in (BR + 'Config.in', BR + 'Config.options.in'):
        rank = {'bool': 1, 'int': 1, 'string': 1, 'default': 2, 'range': 2, 'depends': 3, 'select': 4, 'help': 5}
        for entry, lines in kconfig_entries(p.read(name)).items():
            ranks = [rank.get(line.split(' ')[0].split('\t')[0], 9) for line in lines]
            if ranks != sorted(ranks) or 9 in ranks:
                finding(name, '%s: not in the order type, default, depends on, select, help' % entry)
        if '\n\n\n' in p.read(name):
            finding(name, 'has two blank lines in a row')
        for n, line in enumerate(p.read(name).split('\n'), 1):
            if line.startswith('\t  ') and len(line) > 3 + 62:
                finding(name, 'line %d: a line of help has more than 62 characters' % n)
            if re.match(r'[ \t]+(config|menu|if|endif|endmenu|source|comment)\b', line) and not line.startswith('\t  '):
                finding(name, 'line %d: is not to be indented' % n)


@rule
def buildroot_selects(p):
    behind = {'BR2_PACKAGE_LIBUV': ['BR2_USE_MMU', '!BR2_STATIC_LIBS', 'BR2_TOOLCHAIN_HAS_THREADS_NPTL',
                                    'BR2_TOOLCHAIN_HAS_SYNC_4', 'BR2_TOOLCHAIN_GCC_AT_LEAST_4_9'],
              'BR2_PACKAGE_PROTOBUF_C': ['BR2_INSTALL_LIBSTDCPP', 'BR2_PACKAGE_HOST_PROTOBUF_ARCH_SUPPORTS']}
    mk = p.read(BR + 'caltrop.mk')
    built = set(' '.join(re.findall(r'^CALTROP_DEPENDENCIES \+?= (.*)$', mk, re.M)).split())
    for name in (BR + 'Config.in', BR + 'Config.options.in'):
        for entry, lines in kconfig_entries(p.read(name)).items():
            depends = ' '.join(line for line in lines if line.startswith('depends'))
            for package in [line.split()[1] for line in lines if line.startswith('select ')]:
                for need in behind.get(package, []):
                    if need not in depends:
                        finding(name, '%s selects %s and does not depend on %s as that does' % (entry, package, need))
                if package.replace('BR2_PACKAGE_', '').lower().replace('_', '-') not in built:
                    finding(BR + 'caltrop.mk', 'does not build %s first, which is selected' % package)


@rule
def buildroot_names(p):
    mk = p.read(BR + 'caltrop.mk')
    known = set(kconfig_entries(p.read(BR + 'Config.in'))) | set(kconfig_entries(p.read(BR + 'Config.options.in')))
    for symbol in set(re.findall(r'\$\((BR2_PACKAGE_CALTROP\w*)\)', mk)) - known:
        finding(BR + 'caltrop.mk', symbol + ' is in no Config.in')
    for name in re.findall(r'^(?:define )?(\w+)(?: [:+?]?=|$)', mk, re.M):
        if name in ('else', 'endif', 'endef'):
            continue
        if not name.startswith('CALTROP_'):
            finding(BR + 'caltrop.mk', name + ' has another prefix than the package')
        elif name[8:] not in NAMES and '$(%s)' % name not in mk:
            finding(BR + 'caltrop.mk', name + ' is nothing that Buildroot asks for, or that is used here')
    for name in ('VERSION', 'SITE', 'LICENSE', 'BUILD_CMDS', 'INSTALL_TARGET_CMDS', 'INSTALL_INIT_SYSTEMD',
            'INSTALL_INIT_SYSV',
                 'USERS', 'PERMISSIONS'):
        want(BR + 'caltrop.mk', mk, r'^(define )?CALTROP_%s( =|$)' % name)


@rule
def buildroot_style(p):
    text = p.read(BR + 'caltrop.mk')
    inside = False
    for n, line in enumerate(text.split('\n'), 1):
        if re.search(r'[^ ]\\$|  \\$|\t\\$', line):
            finding(BR + 'caltrop.mk', 'line %d: one blank stands before a backslash' % n)
        if '${' in line:
            finding(BR + 'caltrop.mk', 'line %d: variables stand in parentheses' % n)
        if inside and line and not line.startswith('\t') and line != 'endef':
            finding(BR + 'caltrop.mk', 'line %d: a command begins with a tab' % n)
        inside = line.startswith('define ') or (inside and line != 'endef')
    for line in p.read(BR + 'caltrop.hash').split('\n'):
        if line and not re.match(r'#|(sha256)  [0-9a-f]{64}  \S+$', line):
            finding(BR + 'caltrop.hash', 'not "sha256", two blanks, hash, two blanks, file: ' + line)
    want(BR + 'caltrop.hash', p.read(BR + 'caltrop.hash'), '^#')
