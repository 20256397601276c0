#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What nobody changed in the builders' menus: answers.py DIR writes DIR/openwrt.config and DIR/buildroot.config, as
# Kconfiglib reads their Config.in, and DIR/yocto.config, what PACKAGECONFIG hands to the recipe without systemd.
import os, re, sys

try:
    import kconfiglib
except ImportError:
    sys.exit('answers.py needs Kconfiglib: install python3-kconfiglib')

REPO = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
out = sys.argv[1]


def menu(name, text, config_prefix):
    top = os.path.join(out, name + '.Kconfig')
    with open(top, 'w') as f:
        f.write(text)
    os.environ['CONFIG_'] = config_prefix
    os.environ['BR2_EXTERNAL_CALTROP_PATH'] = os.path.join(REPO, 'ports/buildroot')
    k = kconfiglib.Kconfig(top, warn=True, warn_to_stderr=False)
    for warning in k.warnings:
        print('FAIL  %s: %s' % (name, warning))
    k.write_config(os.path.join(out, name + '.config'), save_old=False)
    return not k.warnings


def on(*symbols):
    return ''.join('config %s\n\tbool "%s"\n\tdefault y\n' % (s, s) for s in symbols)


# What a package's Config.in finds there already.
buildroot = on('BR2_USE_MMU', 'BR2_TOOLCHAIN_HAS_THREADS_NPTL', 'BR2_TOOLCHAIN_HAS_SYNC_4',
        'BR2_TOOLCHAIN_GCC_AT_LEAST_4_9',
               'BR2_INSTALL_LIBSTDCPP', 'BR2_PACKAGE_HOST_PROTOBUF_ARCH_SUPPORTS', 'BR2_TOOLCHAIN_USES_GLIBC')
for off in ('BR2_STATIC_LIBS', 'BR2_INIT_SYSTEMD', 'BR2_PACKAGE_LIBUV', 'BR2_PACKAGE_LIBXCRYPT',
        'BR2_PACKAGE_MBEDTLS',
            'BR2_PACKAGE_PROTOBUF_C', 'BR2_PACKAGE_ZSTD', 'BR2_PACKAGE_XZ'):
    buildroot += 'config %s\n\tbool "%s"\n' % (off, off)
buildroot += 'source "%s/ports/buildroot/Config.in"\n' % REPO
ok = menu('openwrt', on('PACKAGE_caltrop') + 'source "%s/ports/openwrt/net/caltrop/Config.in"\n' % REPO, 'CONFIG_')

# Buildroot's package is chosen, as a defconfig does.
ok &= menu('buildroot', buildroot.replace('config BR2_STATIC_LIBS', 'config BR2_CHOSEN\n\tbool\n\tdefault y\n'
           '\tselect BR2_PACKAGE_CALTROP\nconfig BR2_STATIC_LIBS'), '')

with open(os.path.join(REPO, 'ports/yocto/recipes-security/caltrop/caltrop-options.inc')) as f:
    text = f.read()
chosen = re.sub(r'\$\{.*?\}', '', re.search(r'^PACKAGECONFIG \?\?= "(.*?)"$', text,
        re.M | re.S).group(1)).replace('\\', ' ').split()
with open(os.path.join(out, 'yocto.config'), 'w') as f:
    for name, yes, no in re.findall(r'^PACKAGECONFIG\[(.*)\] = "(.*?),(.*?),', text, re.M):
        f.write((yes if name in chosen else no) + '\n')
sys.exit(not ok)
