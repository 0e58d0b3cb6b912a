# Plants the mutants: what has one in it is compiled, and included, from a copy in the build folder.
# The copies are made anew, as part of the configuration, whenever a source or a table changes.

set(planted ${PROJECT_BINARY_DIR}/planted)
set(plant ${PROJECT_BINARY_DIR}/plant)
set(plant_sources ${PROJECT_SOURCE_DIR}/fuzz/mutants/plant.cc
                  ${PROJECT_SOURCE_DIR}/fuzz/mutants/planting.cc
                  ${PROJECT_SOURCE_DIR}/fuzz/mutants/mutant_table.cc)
file(GLOB tables ${PROJECT_SOURCE_DIR}/fuzz/mutants/*.mutants)
file(GLOB_RECURSE originals ${PROJECT_SOURCE_DIR}/engine/* ${PROJECT_SOURCE_DIR}/reference/*
                            ${PROJECT_SOURCE_DIR}/fuzz/*)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${originals})

foreach(source ${plant_sources} ${PROJECT_SOURCE_DIR}/fuzz/mutants/mutant_choice.h
               ${PROJECT_SOURCE_DIR}/fuzz/mutants/mutant_table.h
               ${PROJECT_SOURCE_DIR}/fuzz/mutants/planting.h)
  if(NOT EXISTS ${plant} OR ${source} IS_NEWER_THAN ${plant})
    set(is_stale TRUE)
  endif()
endforeach()
if(is_stale)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -I${PROJECT_SOURCE_DIR} ${plant_sources}
                          -o ${plant} COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND ${plant} ${PROJECT_SOURCE_DIR} ${planted} ${tables}
                COMMAND_ERROR_IS_FATAL ANY)

# A header that is planted for the first time is included by all that included the original.
file(GLOB_RECURSE planted_headers RELATIVE ${planted} ${planted}/*.h)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/planted_headers.txt CONTENT "${planted_headers}")

foreach(folder engine reference fuzz)
  get_directory_property(targets DIRECTORY ${folder} BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_property(sources TARGET ${target} PROPERTY SOURCES)
    list(TRANSFORM sources REPLACE "^([a-z_][a-z0-9_/]*\\.cc)$" "${folder}/\\1")
    set(chosen)
    foreach(source ${sources})
      if(EXISTS ${planted}/${source})
        list(APPEND chosen ${planted}/${source})
      elseif(EXISTS ${PROJECT_SOURCE_DIR}/${source})
        list(APPEND chosen ${PROJECT_SOURCE_DIR}/${source})
      else()
        list(APPEND chosen ${source})
      endif()
    endforeach()
    set_property(TARGET ${target} PROPERTY SOURCES ${chosen})
    set_source_files_properties(${chosen} TARGET_DIRECTORY ${target}
                                PROPERTIES OBJECT_DEPENDS ${PROJECT_BINARY_DIR}/planted_headers.txt)
    target_include_directories(${target} BEFORE PRIVATE ${planted})
  endforeach()
endforeach()

# What the copies ask.
add_library(mutant_choice STATIC fuzz/mutants/mutant_choice.cc)
target_compile_features(mutant_choice PUBLIC cxx_std_20)
target_include_directories(mutant_choice PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(build_options INTERFACE mutant_choice)
