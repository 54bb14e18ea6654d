# Where a program goes in the packages, and the drop-in that says who it is.

# hongyan_install(NAME template)
function(hongyan_install name template)
  string(REGEX MATCH "^[a-z]+" ROLE ${name})
  set(component ${ROLE})
  if(ROLE STREQUAL "system")
    set(component jobs)
  endif()
  # Files are written by uploads, reports of devices, and what deletes old ones.
  set(MORE_GROUPS "")
  set(MORE_LINES "")
  if(name MATCHES "^(ocms-upload|workbot-messages|jobs-housekeeping)$")
    set(MORE_GROUPS " hongyan-files")
    set(MORE_LINES "ReadWritePaths=-/var/lib/hongyan/files")
  endif()
  set(unit hongyan-event@${name}.service)
  if(template MATCHES "fastcgi")
    set(unit hongyan-handler@${name}.service)
  endif()
  set(PROGRAM ${name})
  configure_file(${PROJECT_SOURCE_DIR}/infra/systemd/program.conf.in ${PROJECT_BINARY_DIR}/systemd/${unit}.d/program.conf @ONLY)
  install(TARGETS ${name} RUNTIME DESTINATION lib/hongyan COMPONENT ${component})
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit}.d/program.conf DESTINATION lib/systemd/system/${unit}.d COMPONENT ${component})
  # A handler's socket is what the target wants; it starts the service.
  string(REGEX REPLACE "hongyan-handler@(.*)\\.service" "hongyan-handler@\\1.socket" wanted ${unit})
  hongyan_wanted(${wanted} ${component})
  set_property(GLOBAL APPEND PROPERTY hongyan_units_${component} ${unit})
endfunction()

# hongyan_wanted(UNIT component): started with hongyan.target where that package is installed. The link is the package's, so
# that it goes with it; who wants a program not to run masks its unit.
function(hongyan_wanted unit component)
  string(REGEX REPLACE "@.*\\." "@." file ${unit})
  set(folder ${PROJECT_BINARY_DIR}/systemd/hongyan.target.wants)
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ../${file} ${folder}/${unit} SYMBOLIC)
  install(FILES ${folder}/${unit} DESTINATION lib/systemd/system/hongyan.target.wants COMPONENT ${component})
endfunction()
