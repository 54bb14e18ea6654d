// When lines of the log go out: at once, or together.
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/lifecycle.h"
#include "base/log.h"

using namespace hy;

namespace {
// Standard error as a pipe while it lives.
class Caught {
public:
    Caught() : kept_(::dup(STDERR_FILENO)) {
        int ends[2];
        BOOST_REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
        read_end_ = Fd(ends[0]);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
    }
    ~Caught() { ::dup2(kept_.get(), STDERR_FILENO); }
    // How many lines came since the last look.
    long lines() {
        char buffer[65536];
        const ssize_t n = ::read(read_end_.get(), buffer, sizeof buffer);
        return n > 0 ? std::count(buffer, buffer + n, '\n') : 0;
    }

private:
    Fd kept_, read_end_;
};
}  // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_line_goes_out_at_once) {
    Caught caught;
    log::info("one");
    BOOST_TEST(caught.lines() == 1);
}

BOOST_AUTO_TEST_CASE(gathered_lines_wait_for_a_flush_or_a_warning) {
    Caught caught;
    log::Gathering gathering;
    log::info("one");
    log::info("two");
    gathering.flush();
    BOOST_TEST(caught.lines() == 2);
    log::info("three");
    log::warn("four");
    BOOST_TEST(caught.lines() == 2);
    gathering.flush();
    BOOST_TEST(caught.lines() == 0);
}

BOOST_AUTO_TEST_CASE(gathered_lines_are_bounded) {
    Caught caught;
    log::Gathering gathering;
    const std::string text(1000, 'x');
    for (int i = 0; i < 15; ++i) log::info(text);
    BOOST_TEST(caught.lines() == 0);
    log::info(text);
    BOOST_TEST(caught.lines() == 15);
    log::info(std::string(32 << 10, 'x'));
    log::info("last");
    gathering.flush();
    BOOST_TEST(caught.lines() == 3);
}

// Longer than what a pipe takes as one.
BOOST_AUTO_TEST_CASE(lines_of_many_threads_do_not_mix) {
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const int before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    std::vector<std::thread> writers;
    for (const char letter : {'a', 'b', 'c', 'd'})
        writers.emplace_back([letter] {
            log::Gathering gathering;
            for (int i = 0; i < 100; ++i) log::info(std::string(3000, letter));
        });
    std::thread last([&] {
        for (auto& writer : writers) writer.join();
        dup2(before, STDERR_FILENO);
    });
    std::string text;
    char buffer[65536];
    for (ssize_t size; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<size_t>(size));
    last.join();
    close(ends[0]);
    close(before);
    int whole = 0;
    for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
        for (const char letter : {'a', 'b', 'c', 'd'})
            whole += text.substr(at, end - at).find(std::string(3000, letter)) != std::string::npos;
    BOOST_TEST(whole == 400);
}

BOOST_AUTO_TEST_CASE(the_end_of_gathering_writes_what_waits) {
    Caught caught;
    {
        log::Gathering gathering;
        log::info("one");
    }
    BOOST_TEST(caught.lines() == 1);
    log::info("two");
    BOOST_TEST(caught.lines() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
