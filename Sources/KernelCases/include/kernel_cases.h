#define KC 1
