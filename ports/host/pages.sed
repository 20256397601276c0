# SPDX-License-Identifier: Apache-2.0
# Changes the script by which GNU ld links for pages of up to MAXPAGESIZE (see harden.mk). By -z separate-code each
# part of a program begins at a multiple of it in memory and in the file, whose padding this takes out: a part begins at
# the same place of the next such page in memory where the one before it has ended in the file, code at the next 4 KiB.

s/^  \. = ALIGN *(CONSTANT (MAXPAGESIZE));/  . = ALIGN(0x1000);\
  . = ALIGN(CONSTANT (MAXPAGESIZE)) + (. \& (CONSTANT (MAXPAGESIZE) - 1));/

# The linker would move the data so that what is read-only after relocation ends with a page. Instead this ends where it
# does, what is left of its page is zeros that take no room in the file, and what stays writable begins in the next one.
s/^  \. = DATA_SEGMENT_ALIGN .*;/  __constants_end = .;\
&\
  . = . + ((__constants_end - .) \& (CONSTANT (MAXPAGESIZE) - 1));/
s/^  \. = DATA_SEGMENT_RELRO_END (\(.*\), \.);/  __relro_end = .;\
  .relro_padding (NOLOAD) : { . = ALIGN(CONSTANT (MAXPAGESIZE)); }\
  . = DATA_SEGMENT_RELRO_END (\1, .);\
  . = . + (__relro_end \& (CONSTANT (MAXPAGESIZE) - 1));/
