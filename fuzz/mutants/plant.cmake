# Sets source_root to a folder with copies of the sources in which the mutants are planted. They are
# made anew, as part of the configuration, whenever a source or a table changes.

set(source_root ${PROJECT_BINARY_DIR}/planted)
set(plant ${PROJECT_BINARY_DIR}/plant)
set(plant_sources ${PROJECT_SOURCE_DIR}/fuzz/mutants/plant.cc
                  ${PROJECT_SOURCE_DIR}/fuzz/mutants/planting.cc
                  ${PROJECT_SOURCE_DIR}/fuzz/mutants/mutant_table.cc)
file(GLOB tables ${PROJECT_SOURCE_DIR}/fuzz/mutants/*.mutants)
file(GLOB_RECURSE originals ${PROJECT_SOURCE_DIR}/engine/* ${PROJECT_SOURCE_DIR}/reference/*
                            ${PROJECT_SOURCE_DIR}/fuzz/*)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${originals})

foreach(source ${plant_sources} ${PROJECT_SOURCE_DIR}/fuzz/mutants/mutant_table.h)
  if(NOT EXISTS ${plant} OR ${source} IS_NEWER_THAN ${plant})
    set(is_stale TRUE)
  endif()
endforeach()
if(is_stale)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -I${PROJECT_SOURCE_DIR} ${plant_sources}
                          -o ${plant} COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND ${plant} ${PROJECT_SOURCE_DIR} ${source_root} ${tables}
                COMMAND_ERROR_IS_FATAL ANY)

# What planted sources ask. Wrong texts leave things unused, so warnings are off.
add_library(mutant_choice STATIC ${source_root}/fuzz/mutants/mutant_choice.cc)
target_compile_features(mutant_choice PUBLIC cxx_std_20)
target_include_directories(mutant_choice PUBLIC ${source_root})
target_compile_options(build_options INTERFACE -w)
target_link_libraries(build_options INTERFACE mutant_choice)
