package final class Node {}
