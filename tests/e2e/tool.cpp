#include "e2e/tool.h"

#include <sys/wait.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "e2e/stack.h"

namespace hy::test {

Ended ctl(const std::string& words) {
    const std::string command = "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HONGYAN_CONFIG=" + stack().var +
                                "/etc/hongyan.conf " + stack().bin + "/hongyanctl " + words + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    BOOST_REQUIRE(pipe);
    std::string said;
    std::array<char, 4096> buffer;
    while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) said.append(buffer.data(), n);
    const int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

}  // namespace hy::test
