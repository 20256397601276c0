/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --features: all options of Kconfig as this program was built with them, one a line, as a .config has them. The build
 * writes it (ports/host/embed.mk), so no option can be missing.
 */
#pragma once

extern const char features_text[];
