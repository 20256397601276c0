/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How C code asks for the configuration, as in Linux and Zephyr. The build includes this file before every other one.
 *
 *	if (IS_ENABLED(CONFIG_UPLINK))            a branch: both sides are compiled, one is kept
 *	IF_ENABLED(CONFIG_SENSOR_SU, (&su_row,))  a row: the code in the inner parentheses, or nothing
 *
 * A bool symbol that is on is the macro CONFIG_X with the value 1; one that is off is not a macro at all.
 */
#ifndef CALTROP_BASE_KCONFIG_H
#define CALTROP_BASE_KCONFIG_H

/* 1 where `symbol` is a bool that is on, otherwise 0. A constant expression. */
#define IS_ENABLED(symbol) KCONFIG_IS_1(symbol)

/* The tokens inside the parentheses of `code` where `symbol` is on, otherwise no token. */
#define IF_ENABLED(symbol, code) KCONFIG_IF_1(symbol, code)

/* CONFIG_X=1 pastes to a macro that ends in a comma, which moves the wanted argument to the second place. */
#define KCONFIG_ONE_1 0,
#define KCONFIG_SECOND(first, second, ...) second
#define KCONFIG_IS_1(value) KCONFIG_IS_2(value)
#define KCONFIG_IS_2(value) KCONFIG_IS_3(KCONFIG_ONE_##value)
#define KCONFIG_IS_3(one_or_junk) KCONFIG_SECOND(one_or_junk 1, 0, 0)
#define KCONFIG_IF_1(value, code) KCONFIG_IF_2(value, code)
#define KCONFIG_IF_2(value, code) KCONFIG_IF_3(KCONFIG_ONE_##value, code)
#define KCONFIG_IF_3(one_or_junk, code) KCONFIG_SECOND(one_or_junk KCONFIG_BARE code, , )
#define KCONFIG_BARE(...) __VA_ARGS__

#endif
