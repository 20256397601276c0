# SPDX-License-Identifier: Apache-2.0
common-y += agent/common/settings.o
common-y += agent/common/settings_files.o
common-y += agent/common/settings_text.o
common-y += agent/common/settings_value.o
common-y += agent/common/trust.o
common-y += agent/common/message.o
