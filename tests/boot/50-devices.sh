#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a real kernel tells of modules and of what is plugged in: one of its own loaded and unloaded, a foreign one without a
# signature, a keyboard, a stick. Each is seen with what it was, and the shipped rules find what they are to find.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
well() { said caltrop local health >"$(at box)/health"; [ "$(head -n 1 "$(at box)/health")" = well ] || { sed '/^NAME/,$d' "$(at box)/health"; false; }; }

probe 'A module of the kernel came' module 'action: load' 'ImageLoaded: dummy' 'foreign: null' 'unsigned: null'
probe 'It went' module 'action: unload' 'ImageLoaded: dummy'
probe 'A program loaded it' process_creation 'Image: /usr/bin/modprobe' 'exe: /usr/bin/kmod' 'CommandLine: modprobe dummy' 'User: root'
probe 'Somebody loaded it' module 'action: load' 'ImageLoaded: dummy' 'Image|endswith: /modprobe' 'User: root' 'ProcessId|gt: 1'
probe 'Somebody unloaded it' module 'action: unload' 'ImageLoaded: dummy' 'Image|endswith: /rmmod' 'User: root'
probe 'Somebody loaded the foreign one' module 'action: load' 'taint: OE' 'Image|endswith: /insmod' 'User: root'
probe 'A foreign module came' module 'action: load' 'ImageLoaded: dummy' "foreign: 'true'" "unsigned: 'true'" 'taint: OE'
probe 'A keyboard came' peripheral 'action: attach' 'class: keyboard' "vendor: '0627'" "product: '0001'" 'name|contains: QEMU USB Keyboard'
probe 'Its driver came' module 'action: load' 'ImageLoaded: usbhid'
probe 'A stick came' peripheral 'action: attach' 'class: storage' 'vendor: 46f4' "product: '0001'" 'serial|exists: true'
probe 'The keyboard went' peripheral 'action: detach' "vendor: '0627'" "product: '0001'"

MACHINE_KERNEL=general machine_up box
guard_install box
guard_probes box
guard_conf box <<-'END'
	[devices]
	enabled = yes
	[process]
	enabled = yes
	[rules]
	pack = /etc/caltrop/probes.pack
END
guard_up box
check "the guard is well" soon well
check "its kernel takes both programs of eBPF" said /usr/local/libexec/caltrop-bpf --check

said modprobe dummy
check "a module that was loaded" soon seen box 'A module of the kernel came'
check "by a program, by the name that it was called by" soon seen box 'A program loaded it'
check "and who did it" soon seen box 'Somebody loaded it'
said rmmod dummy
check "and unloaded" soon seen box 'It went'
check "by whom" soon seen box 'Somebody unloaded it'

# A copy that did not come with the kernel, that nobody signed, and that is not called what it is.
said 'sed "s/intree=Y/xntree=Y/" "$(modinfo -n dummy)" | head -c -28 >/tmp/holiday.ko && insmod /tmp/holiday.ko'
check "a foreign one without a signature" soon seen box 'A foreign module came'
check "and who loaded it, though by another name" soon seen box 'Somebody loaded the foreign one'
check "is found by the shipped rules" soon seen box 'A module without a signature was loaded'
check "and so is where it came from" soon seen box 'A kernel module is loaded from a world-writable folder'

plug box keys usb-kbd
check "a keyboard" soon seen box 'A keyboard came'
check "and its driver" soon seen box 'Its driver came'
check "are found by the shipped rules" soon seen box 'A keyboard was plugged in'
plug box stick usb-storage '"drive": "stick"'
check "storage" soon seen box 'A stick came'
check "is found by the shipped rules" soon seen box 'Storage or a network card was plugged in'
check_not "at two ports they are no attack" seen box 'One USB device is a keyboard and storage'
unplug box keys
check "a keyboard that was plugged out" soon seen box 'The keyboard went'
check "the guard is well" well
