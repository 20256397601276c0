/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every line of a log passes, a call costs as much as what is called, and compilers guess wrongly what is common.
 * USUAL marks what every line needs: it becomes a part of its callers. RARE marks what few need: it stays outside of
 * them, so that they have fewer registers to save and no memory of it on the stack.
 */
#pragma once

#define RARE __attribute__((noinline))
#define USUAL inline __attribute__((always_inline))
