# Completion of the omni command for fish. The command itself says what may
# stand there, so that this knows every command and option that it has.

function __omni_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':directories'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end

complete -c omni -f -a '(__omni_complete)'
