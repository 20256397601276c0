base-y += agent/settings/settings.o
base-y += agent/settings/settings_text.o
base-y += agent/settings/settings_value.o
base-y += agent/settings/settings_files.o
