#compdef omni
# Completion of the omni command for zsh. The command itself says what may
# stand there, so that this knows every command and option that it has.

local line
local -a plain open
for line in "${(@f)$($words[1] complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
        '') ;;
        :files) _files ;;
        :directories) _files -/ ;;
        *)
            line=${line%%$'\t'*}
            if [[ $line == *[:=] ]]; then
                open+=("$line")
            else
                plain+=("$line")
            fi
            ;;
    esac
done
(( ${#plain} )) && compadd -- "${plain[@]}"
(( ${#open} )) && compadd -S '' -- "${open[@]}"
return 0
