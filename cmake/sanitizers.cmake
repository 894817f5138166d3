# BOXD_SANITIZE=address adds ASan and UBSan, =thread adds TSan, to all that is compiled here.
if(BOXD_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=address,undefined)
elseif(BOXD_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=thread)
elseif(BOXD_SANITIZE)
  message(FATAL_ERROR "BOXD_SANITIZE must be address, thread or empty, not \"${BOXD_SANITIZE}\"")
endif()
if(BOXD_SANITIZE)
  add_compile_definitions(BOXD_ASSERTIONS=1) # common/src/invariant.h
endif()
