/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks a function for what is rare where every line of a log passes: it stays outside of its callers, which then have
 * fewer registers to save and no memory of it on the stack.
 */
#pragma once

#define RARE __attribute__((noinline))
